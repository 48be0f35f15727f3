import { asked, addUp, type Books, type BookStock, type Expectations, type StoredOrder } from './books.js';
import { none, type Check } from './check.js';

/** What a completed order may show: refunds come afterwards. */
const SOLD = ['COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED'];

/**
 * Every outcome is the one to be predicted. With good stock and a good provider each order completes; otherwise it
 * depends on who came first, and what must hold in any order of events is looked at. An order that failed as its shop
 * allows is predicted to have.
 */
export function checkOutcomes(books: Books, expectations: Expectations): Check[] {
  const { orders } = books.sql;
  const failed = failedAsAllowed(orders, expectations);
  const stock = new Map(books.sql.stock.map((row) => [row.productId, row]));
  const demand = addUp(orders.flatMap(({ lines }) => lines));
  const plenty = (productId: string): boolean => {
    const row = stock.get(productId);
    // Stock that came later may have come too late.
    const there = expectations.stockGood ? row?.stocked : row?.initial;
    return (there ?? 0) >= (demand.get(productId) ?? 0);
  };
  const allPlenty = [...demand.keys()].every(plenty);
  if (allPlenty && expectations.providerGood) {
    return [
      outcome('COMPLETED', orders.length - cancelledIn(orders).size - failed.size, orders, SOLD),
      outcome('FAILED', failed.size, orders),
      outcome('PAYMENT_FAILED', 0, orders),
    ];
  }
  return [
    ...endings(books, failed),
    none(
      'Outcome',
      'FAILED with enough for all',
      'SQL',
      orders
        .filter((order) => order.status === 'FAILED' && !failed.has(order.id) && [...asked(order).keys()].every(plenty))
        .map(({ id }) => id),
    ),
    // what the shop itself refused came back into stock
    ...(expectations.providerGood && failed.size === 0 ? [failedDespiteStock(orders, stock)] : []),
  ];
}

/** Each way to end has its cause: a refusal of the stock, of the provider or of the shop (`failed`), or none at all. */
function endings({ sql, ledger }: Books, failed: ReadonlySet<string>): Check[] {
  const cancelled = cancelledIn(sql.orders);
  // who cancels while a refusal is on its way has cancelled
  const uncancelled = (ids: readonly string[]) => new Set(ids.filter((id) => !cancelled.has(id)));
  const declined = uncancelled(ledger.filter(({ status }) => status === 'DECLINED').map(({ reference }) => reference));
  const rejected = uncancelled(
    sql.reservations.filter(({ status }) => status === 'REJECTED').map(({ orderId }) => orderId),
  );
  const refused = sql.orders.filter(({ id }) => declined.has(id) || rejected.has(id)).length;
  return [
    outcome('COMPLETED', sql.orders.length - refused - cancelled.size - failed.size, sql.orders, SOLD),
    outcome('FAILED', rejected.size + failed.size, sql.orders),
    outcome('PAYMENT_FAILED', declined.size, sql.orders),
    none(
      'Outcome',
      'ended for another cause',
      'SQL',
      sql.orders
        .filter(({ id, status }) => status === 'FAILED' && !rejected.has(id) && !failed.has(id))
        .concat(sql.orders.filter(({ id, status }) => status === 'PAYMENT_FAILED' && !declined.has(id)))
        .map(({ id, status }) => `${id} is ${status}`),
    ),
  ];
}

/**
 * Nothing comes back into stock when every payment goes well, so what is left at the end was there all the time: an
 * order that it would have done for must not have failed. Products that were stocked up later tell nothing.
 */
function failedDespiteStock(orders: readonly StoredOrder[], stock: ReadonlyMap<string, BookStock>): Check {
  const enough = ([productId, quantity]: readonly [string, number]): boolean => {
    const row = stock.get(productId);
    return row !== undefined && row.stocked === row.initial && row.onHand - row.reserved >= quantity;
  };
  const failed = orders.filter((order) => order.status === 'FAILED' && [...asked(order)].every(enough));
  return none(
    'Outcome',
    'FAILED though the rest would do',
    'SQL',
    failed.map(({ id }) => id),
  );
}

/** The orders that failed for a reason of their shop's own. */
function failedAsAllowed(orders: readonly StoredOrder[], { failures }: Expectations): ReadonlySet<string> {
  const allowed = orders.filter(({ status, reason }) => status === 'FAILED' && failures.includes(reason ?? ''));
  return new Set(allowed.map(({ id }) => id));
}

function cancelledIn(orders: readonly StoredOrder[]): ReadonlySet<string> {
  return new Set(orders.filter(({ status }) => status === 'CANCELLED').map(({ id }) => id));
}

function outcome(
  what: string,
  expected: number,
  orders: readonly StoredOrder[],
  statuses: readonly string[] = [what],
): Check {
  const seen = orders.filter(({ status }) => statuses.includes(status)).length;
  return { part: 'Outcome', what, by: 'SQL', expected, seen };
}
