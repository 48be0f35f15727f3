import type { BookedPayment, BookedReservation } from '../domain/judge-order.js';
import type { Query } from './read-only.js';

// Both tables have the order's id as a key, so the same range of ids is the same part of an index in each.
const SETTLED = `created_at < now() - $1::float8 * interval '1 millisecond' AS settled`;
const RESERVATION = `SELECT order_id AS "orderId", status, lines, ${SETTLED} FROM reservation`;
const PAYMENT = `SELECT order_id AS "orderId", status, amount::float8 AS amount, currency,
  captured_amount::float8 AS "capturedAmount", refunded_amount::float8 AS "refundedAmount", ${SETTLED} FROM payment`;
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
