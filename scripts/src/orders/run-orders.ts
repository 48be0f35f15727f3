import { isTerminal, type Order } from '@outrider/contracts';
import { ApiError } from '../api/api-error.js';
import { forEach } from '../api/for-each.js';
import { count, plural, secondsSince, type Screen } from '../cli/screen.js';
import { notePlaced, noteStockPercent, readSettings } from '../installation/run-notes.js';
import type { Running } from '../installation/describe.js';
import { approvePayment } from './approve-payment.js';
import { Customers } from './customers.js';
import { followOrders } from './follow-orders.js';
import type { OrdersFile } from './load-orders.js';
import type { FileOrder } from './order-line.js';
import { placeOrder } from './place-order.js';
import { stockNeeds } from './stock-needs.js';
import { stockProducts } from './stock-products.js';

/** Requests at a time. */
export const DEFAULT_CONCURRENCY = 16;

export interface RunOrders {
  readonly running: Running;
  readonly file: OrdersFile;
  /** of the pieces that the file asks for, how many per cent are stocked */
  readonly stockPercent: number;
  readonly concurrency: number;
  /** resolves when an order, by its place in the file, is to be sent; as soon as it may unless given */
  readonly due?: (index: number) => Promise<void>;
  /** called when everything is registered and stocked, before the first order */
  readonly stocked?: () => Promise<void>;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

/** What became of a file's orders. */
export interface RanOrders {
  /** every order that was placed, as it was seen last */
  readonly orders: readonly Order[];
  /** orders that the API refused, and why */
  readonly refused: readonly { readonly orderId: string; readonly reason: string }[];
  /** how many the API refused as the shop allows */
  readonly refusedRightly: number;
  /** how many had been placed by an earlier run of the same file */
  readonly before: number;
  /** when the first order was sent, ms since 1970 */
  readonly startedAt: number;
}

/**
 * Registers and stocks what a file's orders ask for, places them, and waits until each has ended. Shows progress on the screen.
 *
 * @throws ApiError when products cannot be registered; a refused order is reported and the others go on
 */
export async function runOrders(work: RunOrders): Promise<RanOrders> {
  const { running, file, screen, signal, concurrency } = work;
  const { services, tokens } = running.up;
  screen.heading(`Orders of ${file.path}`);
  for (const { line, reason } of file.problems) screen.item(`line ${line} is not used: ${reason}`);

  let since = performance.now();
  await noteStockPercent(running.run, work.stockPercent);
  const needs = stockNeeds(file.orders, work.stockPercent);
  const productIds = await stockProducts({
    productUrl: services.product.url,
    inventoryUrl: services.inventory.url,
    token: tokens.admin,
    needs,
    name: `orders-file:${file.fingerprint}:${work.stockPercent}`,
    concurrency,
    signal,
    progress: (done) => screen.progress(`${count(done)} of ${plural(needs.length, 'product')} registered`),
  }).catch((error: unknown) => {
    screen.item(placedWhenItEnded(0, file));
    throw error;
  });
  const pieces = needs.reduce((sum, { stock }) => sum + stock, 0);
  screen.item(
    `${plural(needs.length, 'product')} with ${plural(pieces, 'piece')} in stock (${work.stockPercent} % of what is asked for), in ${secondsSince(since)}`,
  );

  await work.stocked?.();
  since = performance.now();
  const startedAt = Date.now();
  const { placed, refused, refusedRightly, before } = await placeAll(work, productIds);
  screen.item(`${plural(placed.length, 'order')} placed in ${secondsSince(since)}`);
  if (before > 0) screen.item(`${count(before)} of them had been placed before: an order of a file is placed once`);
  if (refusedRightly > 0) screen.item(`${plural(refusedRightly, 'order')} refused, as the shop allows`);
  for (const { orderId, reason } of refused) screen.item(`${orderId} was refused: ${reason}`);

  const seen = await followOrders({
    orderUrl: services.order.url,
    token: tokens.admin,
    ids: placed,
    signal,
    act: (redirectUrl) => approvePayment(redirectUrl, signal),
    progress: (ended) => screen.progress(`${count(ended)} of ${plural(placed.length, 'order')} ended`),
  });
  const ended = [...seen.values()].filter(({ status }) => isTerminal(status)).length;
  screen.item(
    `${count(ended)} of ${plural(placed.length, 'order')} ended, ${secondsSince(since)} after the first was placed`,
  );
  return { orders: [...seen.values()], refused, refusedRightly, before, startedAt };
}

function placedWhenItEnded(placed: number, { orders }: OrdersFile): string {
  return `${count(placed)} of ${plural(orders.length, 'order')} placed when it ended`;
}

async function placeAll(work: RunOrders, productIds: ReadonlyMap<string, string>) {
  const { running, file, screen, signal, concurrency } = work;
  const customers = new Customers(running.identity);
  // by place in the file, so that they are followed in the order in which they were placed
  const ids: (string | undefined)[] = [];
  const refused: { orderId: string; reason: string }[] = [];
  const { otherTotals, refusals } = (await readSettings(running.run)).allows;
  let refusedRightly = 0;
  let before = 0;
  let done = 0;
  const place = async (order: FileOrder, index: number): Promise<void> => {
    const token = await customers.token(order.customer);
    await work.due?.(index);
    try {
      const orderUrl = running.up.services.order.url;
      const placed = await placeOrder({ orderUrl, token, order, productIds, expectTotal: !otherTotals, signal });
      ids[index] = placed.order.id;
      if (placed.before) before++;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (refusals.includes(`/problems/${error.kind}`)) refusedRightly++;
      else refused.push({ orderId: order.orderId, reason: error.message });
    }
    screen.progress(`${count(++done)} of ${plural(file.orders.length, 'order')} placed`);
  };
  const placedIds = (): string[] => ids.filter((id) => id !== undefined);
  try {
    await forEach(file.orders, concurrency, place);
  } catch (error) {
    screen.item(placedWhenItEnded(placedIds().length, file));
    throw error;
  } finally {
    await notePlaced(running.run, placedIds());
  }
  const placed = placedIds();
  return { placed, refused, refusedRightly, before };
}
