import { isTerminal, type Order } from '@outrider/contracts';
import type { Books } from '../balance/books.js';
import { completedTotal, duplicateCharges } from '../balance/check-money.js';
import { duplicateOrders } from '../balance/check-orders.js';
import { stockMismatches } from '../balance/check-stock.js';
import { isSold, kept, sum } from '../balance/books.js';
import type { RanOrders } from '../orders/run-orders.js';

/** What a run of orders came to. Totals in minor units, times in ms. */
export interface Report {
  readonly orders: number;
  /** whatever was refunded of them since */
  readonly completed: number;
  readonly failed: number;
  readonly paymentFailed: number;
  /** that have not ended */
  readonly stuck: number;
  /** orders and charges there should be one of and are more */
  readonly duplicates: number;
  /** at the provider, less what was given back */
  readonly capturedTotal: number;
  readonly completedTotal: number;
  /** products whose stock does not add up, is still reserved, or is read otherwise than it is */
  readonly stockMismatches: number;
  /** from the first order sent to the last one ended */
  readonly ordersPerSecond: number;
  /** from accepted to ended */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Sums up a run. `placed` are the ids that were answered with 201. */
export function reportOf(ran: Pick<RanOrders, 'orders' | 'startedAt'>, books: Books): Report {
  const { orders, startedAt } = ran;
  const placed = new Set(orders.map(({ id }) => id));
  const ended = orders.filter(({ status }) => isTerminal(status));
  const having = (status: Order['status']): number => orders.filter((order) => order.status === status).length;
  const times = ended.map(({ createdAt, updatedAt }) => Date.parse(updatedAt) - Date.parse(createdAt));
  const lastEnd = Math.max(startedAt, ...ended.map(({ updatedAt }) => Date.parse(updatedAt)));
  const seconds = (lastEnd - startedAt) / 1000;
  return {
    orders: orders.length,
    completed: ended.filter(isSold).length,
    failed: having('FAILED'),
    paymentFailed: having('PAYMENT_FAILED'),
    stuck: orders.length - ended.length,
    duplicates: duplicateOrders(books, placed).length + duplicateCharges(books),
    capturedTotal: sum(books.ledger, kept),
    completedTotal: completedTotal(books.sql.orders),
    stockMismatches: stockMismatches(books),
    ordersPerSecond: seconds > 0 ? Number((ended.length / seconds).toFixed(1)) : 0,
    p50Ms: percentile(times, 50),
    p99Ms: percentile(times, 99),
  };
}

/** The nearest-rank percentile; 0 of nothing. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
}
