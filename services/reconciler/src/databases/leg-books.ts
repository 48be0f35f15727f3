import { jsonRows, selectList } from '@outrider/common';
import type { BookedDispute, BookedPayment, BookedReservation, PaidRefund, Pieces } from '../domain/booked.js';
import type { Query } from './read-only.js';

// Both tables have the order's id as a key, so the same range of ids is the same part of an index in each.
const beyondGrace = "created_at < now() - $1::float8 * interval '1 millisecond'";
// The movements that put pieces back have an index of their own by order; a reservation mostly has none.
const RESERVATION = `SELECT ${selectList<BookedReservation>({
  orderId: 'order_id',
  status: 'status',
  lines: 'lines',
  movedBack: `(SELECT ${jsonRows<Pieces>({ productId: 'm.product_id', quantity: 'm.on_hand_delta' })}
    FROM stock_movement m WHERE m.reason = 'RESTOCKED' AND m.reference = order_id::text)`,
  beyondGrace,
})} FROM reservation`;
const REFUNDS = jsonRows<PaidRefund>({
  id: 'r.provider_refund_id',
  refundId: 'r.refund_id',
  by: 'r.requested_by',
  amount: 'r.amount',
  status: 'r.status',
});
const DISPUTES = jsonRows<BookedDispute>({
  id: 'd.provider_dispute_id',
  status: 'd.status',
  amount: 'd.amount',
  withheldAmount: 'd.withheld_amount',
});
const PAYMENT = `SELECT ${selectList<BookedPayment>({
  orderId: 'order_id',
  status: 'status',
  amount: 'amount::float8',
  currency: 'currency',
  capturedAmount: 'captured_amount::float8',
  refundedAmount: 'refunded_amount::float8',
  refunds: `(SELECT ${REFUNDS} FROM refund r WHERE r.payment_id = payment.id)`,
  disputes: `(SELECT ${DISPUTES} FROM dispute d WHERE d.payment_id = payment.id)`,
  beyondGrace,
  quiet: `greatest(updated_at, (SELECT max(r.updated_at) FROM refund r WHERE r.payment_id = payment.id),
    (SELECT max(d.updated_at) FROM dispute d WHERE d.payment_id = payment.id))
    < now() - $1::float8 * interval '1 millisecond'`,
})} FROM payment`;
const PAGE = 'WHERE order_id > $2 AND order_id < $3 ORDER BY order_id LIMIT $4';
const THESE = 'WHERE order_id = ANY($2::uuid[])';

export function reservationPage(query: Query, graceMs: number, after: string, before: string, limit: number) {
  return query<BookedReservation>(`${RESERVATION} ${PAGE}`, [graceMs, after, before, limit]);
}

export function paymentPage(query: Query, graceMs: number, after: string, before: string, limit: number) {
  return query<BookedPayment>(`${PAYMENT} ${PAGE}`, [graceMs, after, before, limit]);
}

export function theseReservations(query: Query, graceMs: number, ids: readonly string[]) {
  return query<BookedReservation>(`${RESERVATION} ${THESE}`, [graceMs, ids]);
}

export function thesePayments(query: Query, graceMs: number, ids: readonly string[]) {
  return query<BookedPayment>(`${PAYMENT} ${THESE}`, [graceMs, ids]);
}

// one look into the index of adjustments for each product and refund
const ADJUSTED = `SELECT DISTINCT m.reference FROM json_to_recordset($1::json) AS back("refundId" text, "productId" uuid)
JOIN stock_movement m ON m.product_id = back."productId" AND m.reference = back."refundId" AND m.reason = 'ADJUSTED'`;

/** Of these refunds, those in whose name the stock of one of their own products was adjusted. */
export async function adjustedFor(
  query: Query,
  back: readonly { readonly refundId: string; readonly productId: string }[],
): Promise<ReadonlySet<string>> {
  const rows = await query<{ reference: string }>(ADJUSTED, [JSON.stringify(back)]);
  return new Set(rows.map(({ reference }) => reference));
}
