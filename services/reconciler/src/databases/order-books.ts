import { jsonRows, selectList } from '@outrider/common';
import type { BookedDispute, BookedOrder, BookedRefund } from '../domain/booked.js';
import type { Query } from './read-only.js';

const REFUNDS = jsonRows<BookedRefund>({
  id: 'coalesce(r.provider_refund_id, r.id::text)',
  by: 'r.made_by',
  amount: 'r.amount',
  status: 'r.status',
  lines: 'r.lines',
  // rows from before this column: all pieces of a refund that succeeded came back
  restocked: "r.restocked OR r.status = 'SUCCEEDED' AND r.restock AND r.lines IS NOT NULL",
  resolved: `EXISTS (SELECT FROM refund n WHERE n.order_id = r.order_id AND n.status = 'SUCCEEDED'
    AND coalesce(n.requested_amount, n.amount) IN (r.amount, r.requested_amount) AND n.created_at > r.created_at)`,
});
const LINES = jsonRows<BookedOrder['lines'][number]>({
  productId: 'l.product_id',
  quantity: 'l.quantity',
  unitPrice: 'l.unit_price',
});
const DISPUTES = jsonRows<BookedDispute>({
  id: 'd.dispute_id',
  status: 'd.status',
  amount: 'd.amount',
  withheldAmount: 'd.withheld_amount',
});

// Open for too long: past the deadline of its step by the time given, or in a step without one for as long. A bank may take two
// weeks for a refund.
const IS_OVERDUE = `coalesce(s.deadline_at, s.entered_at) < now() - CASE s.step WHEN 'REFUNDING' THEN interval '14 days'
  ELSE $2::float8 * interval '1 millisecond' END`;

// Numbers leave as float8, which holds every amount there can be (< 2^53). $1: how long it must have been closed, in
// ms; $2: how long after the deadline of its step it is overdue, or in a step without one. Each order costs its own rows by their keys, and no more.
const COLUMNS = `SELECT ${selectList<BookedOrder>({
  id: 'o.id',
  total: 'o.total::float8',
  currency: 'o.currency',
  adjustments: 'o.adjustments',
  status: 's.status',
  step: 's.step',
  paymentAsked: 's.payment_asked',
  capturedAmount: 's.captured_amount::float8',
  refundedAmount: 's.refunded_amount::float8',
  closed: "s.step = 'DONE' AND s.updated_at < now() - $1::float8 * interval '1 millisecond'",
  overdue: `s.step <> 'DONE' AND ${IS_OVERDUE}`,
  lines: `(SELECT ${LINES} FROM order_line l WHERE l.order_id = o.id)`,
  refunds: `(SELECT ${REFUNDS} FROM refund r WHERE r.order_id = o.id)`,
  disputes: `(SELECT ${DISPUTES} FROM dispute d WHERE d.order_id = o.id)`,
})} FROM orders o JOIN saga s ON s.order_id = o.id`;

const PAGE = `${COLUMNS} WHERE o.id > $3 AND o.id < $4 ORDER BY o.id LIMIT $5`;
const THESE = `${COLUMNS} WHERE o.id = ANY($3::uuid[])`;

// the index of what has a clock: only open orders are in it
const OVERDUE = `${COLUMNS} WHERE s.due_minute IS NOT NULL AND ${IS_OVERDUE}
ORDER BY s.due_minute, s.due_at LIMIT 1000`;

/** What is allowed before something counts as a difference, in ms. */
export interface Tolerance {
  /** nothing younger counts */
  readonly graceMs: number;
  /** how long an order may stay in one step, after its deadline where it has one; a refund has two weeks */
  readonly openMs: number;
}

/** Orders after the id `after` and before `before`, by id. */
export function orderPage(query: Query, { graceMs, openMs }: Tolerance, after: string, before: string, limit: number) {
  return query<BookedOrder>(PAGE, [graceMs, openMs, after, before, limit]);
}

export function theseOrders(query: Query, { graceMs, openMs }: Tolerance, ids: readonly string[]) {
  return query<BookedOrder>(THESE, [graceMs, openMs, ids]);
}

export function overdueOrders(query: Query, { graceMs, openMs }: Tolerance) {
  return query<BookedOrder>(OVERDUE, [graceMs, openMs]);
}
