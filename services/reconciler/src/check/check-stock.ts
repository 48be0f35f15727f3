import { bookDifference, type BookDifference } from '@outrider/contracts';
import {
  knownProducts,
  movementPage,
  shownStock,
  sinceShown,
  stockPage,
  theseStocks,
  type MovementPosition,
} from '../databases/stock-books.js';
import { judgeShown, judgeStock, type BookedStock } from '../domain/judge-stock.js';
import { checkTheseProducts } from './check-products.js';
import type { Databases } from './databases.js';

/** Compares a page of inventory's products with their movements, their reservations, what is shown, and the catalogue. */
export async function checkStock(
  databases: Databases,
  graceMs: number,
  now: number,
  after: string,
  limit: number,
): Promise<{ readonly differences: BookDifference[]; readonly next: string | null }> {
  const stocks = await databases.inventory.snapshot((query) => stockPage(query, after, limit));
  const next = stocks.length === limit ? (stocks.at(-1)?.productId ?? null) : null;
  const ids = stocks.map(({ productId }) => productId);
  // those of the catalogue are checked with it
  const listed = await databases.product.snapshot((query) => knownProducts(query, 'product', ids));
  const unlisted = ids.filter((id) => !listed.has(id));
  const unknown = await checkTheseProducts(databases, graceMs, now, unlisted);
  return { differences: [...(await judged(databases, graceMs, stocks)), ...unknown], next };
}

/** Checks these products; one that inventory does not have is a difference. */
export async function checkTheseStocks(
  databases: Databases,
  graceMs: number,
  ids: readonly string[],
): Promise<BookDifference[]> {
  if (ids.length === 0) return [];
  const stocks = await databases.inventory.snapshot((query) => theseStocks(query, ids));
  const there = new Set(stocks.map(({ productId }) => productId));
  return [
    ...ids
      .filter((id) => !there.has(id))
      .map((productId) => bookDifference('stock_missing', { productId }, 'a stock, for it was sold', 'none')),
    ...(await judged(databases, graceMs, stocks)),
  ];
}

async function judged(
  { product, inventory }: Databases,
  graceMs: number,
  stocks: readonly BookedStock[],
): Promise<BookDifference[]> {
  if (stocks.length === 0) return [];
  const ids = stocks.map(({ productId }) => productId);
  const shown = new Map(
    (await product.snapshot((query) => shownStock(query, ids))).map((row) => [row.id, row] as const),
  );
  const asked = ids.map((id) => shown.get(id) ?? { id, version: 0, onHand: 0, reserved: 0 });
  const since = await inventory.snapshot((query) => sinceShown(query, asked, graceMs));
  return [...stocks.flatMap(judgeStock), ...since.flatMap(judgeShown)];
}

/** Walks on through the ledger of movements. `next` is null at its end. */
export async function checkMovements(
  { inventory }: Databases,
  from: MovementPosition,
  limit: number,
): Promise<{ readonly differences: BookDifference[]; readonly next: MovementPosition | null }> {
  const { read, end, wrong } = await inventory.snapshot((query) => movementPage(query, from, limit));
  return {
    differences: wrong.map(({ productId, movement, expected, seen }) =>
      bookDifference('stock_movements', { productId, movement }, expected, seen),
    ),
    next: read < limit ? null : end,
  };
}
