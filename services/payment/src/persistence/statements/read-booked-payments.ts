import type { SqlClient } from '@outrider/service-kit/database';
import type { BookedPayment } from '../../domain/charge-difference.js';

// Row and commands in one statement, so of one moment: a payment that is not busy is as its last operation left it. A
// command may start and end between two reads, but then the row has changed.
const PAYMENT = `SELECT p.order_id AS "orderId", p.status, p.amount::float8 AS amount, p.currency,
  p.captured_amount::float8 AS "capturedAmount", p.refunded_amount::float8 AS "refundedAmount", p.provider,
  p.provider_reference AS reference, p.updated_at::text AS version,
  coalesce((SELECT json_agg(json_build_object('id', r.provider_refund_id, 'status', r.status)) FROM refund r
    WHERE r.payment_id = p.id AND p.captured_amount > 0), '[]') AS refunds,
  coalesce((SELECT json_agg(json_build_object('id', d.provider_dispute_id, 'status', d.status)) FROM dispute d
    WHERE d.payment_id = p.id AND p.captured_amount > 0), '[]') AS disputes,
  EXISTS (SELECT FROM payment_command c WHERE c.payment_id = p.id AND c.state = 'RUNNING')
    OR EXISTS (SELECT FROM payment_command c WHERE c.payment_id = p.id AND c.state = 'WAITING') AS busy
FROM payment p`;

const OF_ORDERS = `${PAYMENT} WHERE p.order_id = ANY($1::uuid[])`;

// Order ids are ordered by time and a key of this table, so a span of time is a range of an index that exists anyway.
const OF_SPAN = `${PAYMENT} WHERE p.provider = $1 AND p.order_id >= $2 AND p.order_id < $3
ORDER BY p.order_id DESC LIMIT $4`;

/** @returns the payments of these orders, by order id */
export async function paymentsOfOrders(
  sql: SqlClient,
  orderIds: readonly string[],
): Promise<Map<string, BookedPayment>> {
  if (orderIds.length === 0) return new Map();
  const { rows } = await sql.query<BookedPayment>(OF_ORDERS, [orderIds]);
  return new Map(rows.map((row) => [row.orderId, row]));
}

/** @returns payments made through this provider, of orders from one id on and before another, newest first */
export async function paymentsOfSpan(
  sql: SqlClient,
  provider: string,
  from: string,
  before: string,
  limit: number,
): Promise<readonly BookedPayment[]> {
  return (await sql.query<BookedPayment>(OF_SPAN, [provider, from, before, limit])).rows;
}
