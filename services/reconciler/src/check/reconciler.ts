import { bookDifferenceKey, idAt, timeOfId, type BookDifference } from '@outrider/contracts';
import type { Tolerance } from '../databases/order-books.js';
import type { MovementPosition } from '../databases/stock-books.js';
import type { BookedOrder } from '../domain/booked.js';
import { FIRST_ID, LAST_ID } from '../domain/ids.js';
import { recentFrom } from '../domain/recent-from.js';
import { checkLedger } from './check-ledger.js';
import { checkOrders, checkOverdue, checkTheseOrders } from './check-orders.js';
import { checkProducts, checkTheseProducts } from './check-products.js';
import { checkMovements, checkStock, checkTheseStocks } from './check-stock.js';
import type { Databases } from './databases.js';

const PAGE = 500;
/** Differences that are kept and checked again each round; of more than these the exact number is not needed. */
const MOST_KNOWN = 2_000;
/** Products of the orders of a round that are checked by id: what was sold must have a stock. */
const MOST_PRODUCTS = 5_000;
const FIRST_MOVEMENT: MovementPosition = { productId: FIRST_ID, version: 0 };

/** Where a check of a page ended; `next` is null at the end of the list. */
interface Page<P> {
  readonly differences: readonly BookDifference[];
  readonly next: P | null;
}

export interface ReconcilerSettings extends Tolerance {
  /** how far back a round goes for orders that were open in the round before */
  readonly recentMs: number;
  /** what of the whole history is swept in a round: orders, stocks, products, and ten times as many movements */
  readonly sweepRows: number;
  /** after how long without a check of the provider's ledger it is overdue, in ms */
  readonly ledgerMs: number;
}

/**
 * Compares the books, a bounded piece in each round: what was found before, the orders since the last round and those still
 * open then, and a further piece of the whole history (the sweep). Its state is in memory alone: after a start it begins
 * its sweep again.
 */
export class Reconciler {
  readonly #known = new Map<string, BookDifference>();
  #recentFrom: number | undefined;
  #ledgerCheckedAt: Date | undefined;
  #sweptOrder = FIRST_ID;
  #sweptProduct = FIRST_ID;
  #sweptCatalogue = FIRST_ID;
  #sweptMovement = FIRST_MOVEMENT;

  constructor(
    private readonly databases: Databases,
    private readonly settings: ReconcilerSettings,
    private readonly now: () => number = Date.now,
  ) {}

  /** The differences there are, as of the last round. */
  get differences(): readonly BookDifference[] {
    return [...this.#known.values()];
  }

  /** When the provider's ledger was last checked, as of the last round. */
  get ledgerCheckedAt(): Date | undefined {
    return this.#ledgerCheckedAt;
  }

  /** @returns the new differences. Rejects, and keeps the old ones, when a database does not answer. */
  async round(): Promise<readonly BookDifference[]> {
    const found = [...(await this.#again()), ...(await checkOverdue(this.databases, this.settings))];
    const products = new Set<string>();
    const { differences, openFrom, until } = await this.#recent(products);
    found.push(...differences);
    const swept = await this.#sweep(products);
    found.push(...swept.differences);
    found.push(...(await this.#stocks([...products])));
    const ledger = await checkLedger(this.databases, this.settings.ledgerMs, until);
    found.push(...ledger.differences);

    const before = new Set(this.#known.keys());
    this.#known.clear();
    for (const difference of found) {
      if (this.#known.size < MOST_KNOWN) this.#known.set(bookDifferenceKey(difference), difference);
    }
    this.#ledgerCheckedAt = ledger.state?.checkedAt ?? undefined;
    this.#recentFrom = recentFrom(openFrom, until, this.settings.recentMs);
    this.#sweptOrder = swept.order;
    this.#sweptProduct = swept.product;
    this.#sweptMovement = swept.movement;
    this.#sweptCatalogue = swept.catalogue;
    return [...this.#known].flatMap(([key, difference]) => (before.has(key) ? [] : [difference]));
  }

  /** Checks again what was found before: it stays for as long as it differs. */
  async #again(): Promise<BookDifference[]> {
    const known = this.differences;
    const orders = [...new Set(known.flatMap(({ orderId }) => orderId ?? []))];
    const products = [
      ...new Set(known.flatMap(({ productId, movement }) => (movement === null ? (productId ?? []) : []))),
    ];
    const found = [
      ...(await checkTheseOrders(this.databases, this.settings, orders)),
      ...(await this.#stocks(products)),
    ];
    for (let at = 0; at < products.length; at += PAGE) {
      const ids = products.slice(at, at + PAGE);
      found.push(...(await checkTheseProducts(this.databases, this.settings.graceMs, this.now(), ids)));
    }
    for (const { productId, movement } of known) {
      if (productId === null || movement === null) continue;
      const { differences } = await checkMovements(this.databases, { productId, version: movement - 1 }, 2);
      found.push(...differences);
    }
    return found;
  }

  async #recent(products: Set<string>) {
    const until = this.now();
    const differences: BookDifference[] = [];
    let openFrom: number | undefined;
    let after: string | null = idAt(this.#recentFrom ?? until - this.settings.recentMs);
    while (after !== null) {
      const page = await checkOrders(this.databases, this.settings, after, LAST_ID, PAGE);
      differences.push(...page.differences);
      openFrom ??= page.orders.filter(({ closed }) => !closed).map(({ id }) => timeOfId(id))[0];
      addProducts(products, page.orders);
      after = page.next;
    }
    return { differences, openFrom, until };
  }

  async #stocks(ids: readonly string[]): Promise<BookDifference[]> {
    const differences: BookDifference[] = [];
    for (let at = 0; at < ids.length; at += PAGE) {
      differences.push(...(await checkTheseStocks(this.databases, this.settings.graceMs, ids.slice(at, at + PAGE))));
    }
    return differences;
  }

  async #sweep(products: Set<string>) {
    const { sweepRows, graceMs } = this.settings;
    const limit = Math.min(PAGE, sweepRows);
    const differences: BookDifference[] = [];
    // from where the last sweep ended; behind the end of the list the next one starts at its beginning again
    const walk = async <P>(from: P, beginning: P, check: (after: P) => Promise<Page<P>>): Promise<P> => {
      let after = from;
      for (let rows = 0; rows < sweepRows; rows += limit) {
        const page = await check(after);
        differences.push(...page.differences);
        if (page.next === null) return beginning;
        after = page.next;
      }
      return after;
    };
    const order = await walk(this.#sweptOrder, FIRST_ID, async (after) => {
      const page = await checkOrders(this.databases, this.settings, after, LAST_ID, limit);
      addProducts(products, page.orders);
      return page;
    });
    const product = await walk(this.#sweptProduct, FIRST_ID, (after) =>
      checkStock(this.databases, graceMs, this.now(), after, limit),
    );
    const movement = await walk(this.#sweptMovement, FIRST_MOVEMENT, (after) =>
      checkMovements(this.databases, after, limit * 10),
    );
    const catalogue = await walk(this.#sweptCatalogue, FIRST_ID, (after) =>
      checkProducts(this.databases, graceMs, this.now(), after, limit),
    );
    return { differences, order, product, movement, catalogue };
  }
}

function addProducts(products: Set<string>, orders: readonly BookedOrder[]): void {
  for (const { closed, lines } of orders) {
    for (const { productId } of closed ? lines : []) if (products.size < MOST_PRODUCTS) products.add(productId);
  }
}
