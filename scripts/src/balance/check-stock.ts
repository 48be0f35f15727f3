import { addUp, isSold, sum, type BookLevel, type Books, type BookRead } from './books.js';
import { none, type Check } from './check.js';

/** Units sold + on hand = units stocked, for each product; nothing is reserved; a buyer reads what inventory has. */
export function checkStock(books: Books): Check[] {
  const { api, sql } = books;
  return [
    ...(['API', 'SQL'] as const).flatMap((by): Check[] => {
      const levels = by === 'API' ? api.levels : sql.stock;
      return [
        {
          part: 'Stock',
          what: 'units stocked = sold + on hand',
          by,
          expected: sum(sql.stock, ({ stocked }) => stocked),
          seen: sum(sold(books, by).values(), (pieces) => pieces) + sum(levels, ({ onHand }) => onHand),
        },
        none('Stock', 'products where they differ', by, differing(books, by)),
        { part: 'Stock', what: 'units reserved', by, expected: 0, seen: sum(levels, ({ reserved }) => reserved) },
      ];
    }),
    none('Stock', 'products not shown as they are stored', 'API and SQL', shownOtherwise(books)),
    none('Stock', 'orders whose pieces came back without a movement', 'SQL', movedOtherwise(books)),
    none('Stock', 'products sold that inventory does not know', 'SQL', unstocked(books)),
    none('Stock', 'products of the catalogue that inventory does not know', 'API', api.unknown),
    none('Stock', 'products that order or inventory does not know', 'SQL', unknownProducts(books)),
    none('Reads', 'products not shown as in stock', 'API', misread(api.levels, api.reads)),
    none('Reads', 'products not stored as in stock', 'SQL', misread(sql.stock, sql.reads)),
  ];
}

/** Products whose stock is not what it must be, by sums, reservations or reads; in the report as one number. */
export function stockMismatches(books: Books): number {
  const { api, sql } = books;
  return new Set([
    ...differing(books, 'SQL'),
    ...differing(books, 'API'),
    ...[...sql.stock, ...api.levels].filter(({ reserved }) => reserved !== 0).map(({ productId }) => productId),
    ...misread(api.levels, api.reads),
    ...misread(sql.stock, sql.reads),
    ...shownOtherwise(books),
    ...unstocked(books),
    ...api.unknown,
    ...unknownProducts(books).map((text) => text.split(' ', 1)[0]),
  ]).size;
}

/** Pieces sold and not brought back, per product. */
function sold({ api, sql }: Books, by: 'API' | 'SQL'): ReadonlyMap<string, number> {
  const orders = by === 'API' ? api.orders : sql.orders;
  const soldOrders = orders.filter(isSold);
  const lines = soldOrders.flatMap((order) => order.lines);
  // what an order gave back that was undone after it was confirmed was never sold
  const ids = new Set(soldOrders.map(({ id }) => id));
  const back = sql.reservations.filter(({ orderId }) => ids.has(orderId)).flatMap(({ restocked }) => restocked);
  return addUp([...lines, ...back.map(({ productId, quantity }) => ({ productId, quantity: -quantity }))]);
}

function differing(books: Books, by: 'API' | 'SQL'): string[] {
  const pieces = sold(books, by);
  const onHand = new Map(
    (by === 'API' ? books.api.levels : books.sql.stock).map((level) => [level.productId, level.onHand]),
  );
  return books.sql.stock
    .filter(({ productId, stocked }) => stocked !== (pieces.get(productId) ?? 0) + (onHand.get(productId) ?? NaN))
    .map(({ productId }) => productId);
}

function shownOtherwise({ api, sql }: Books): string[] {
  const stored = new Map(sql.stock.map((level) => [level.productId, level]));
  return api.levels
    .filter(({ productId, onHand, reserved }) => {
      const level = stored.get(productId);
      return level?.onHand !== onHand || level.reserved !== reserved;
    })
    .map(({ productId }) => productId);
}

/** Orders of which the movements put back other pieces than the reservation says: another order's, or none. */
function movedOtherwise({ sql }: Books): string[] {
  return sql.reservations
    .filter(({ restocked, movedBack }) => {
      const [said, moved] = [addUp(restocked), addUp(movedBack)];
      return [...new Set([...said.keys(), ...moved.keys()])].some((id) => (said.get(id) ?? 0) !== (moved.get(id) ?? 0));
    })
    .map(({ orderId }) => orderId);
}

/** Products that were sold and have no stock: of those no sum can be wrong. */
function unstocked(books: Books): string[] {
  const stocked = new Set(books.sql.stock.map(({ productId }) => productId));
  return [...sold(books, 'SQL').keys()].filter((productId) => !stocked.has(productId));
}

/** Products of the catalogue that one of the services that sell them does not know. */
function unknownProducts({ sql }: Books): string[] {
  const stocked = new Set(sql.stock.map(({ productId }) => productId));
  const priced = new Set(sql.priced);
  return sql.reads.flatMap(({ productId }) => [
    ...(priced.has(productId) ? [] : [`${productId} at order`]),
    ...(stocked.has(productId) ? [] : [`${productId} at inventory`]),
  ]);
}

function misread(levels: readonly BookLevel[], reads: readonly BookRead[]): string[] {
  const shown = new Map(reads.map(({ productId, stock }) => [productId, stock]));
  return levels
    .filter(({ productId, onHand, reserved }) => shown.get(productId) !== onHand - reserved)
    .map(({ productId }) => productId);
}
