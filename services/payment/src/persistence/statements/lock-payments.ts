import type { Row, SqlClient } from '@outrider/service-kit/database';
import type { Payment } from '../../domain/payment.js';
import { paymentOf, PAYMENTS } from '../tables/payments.js';
import { withRefundsAndDisputes } from './refunds-and-disputes.js';

// The lock of a payment also guards its commands: a transaction that changes either takes it first, ordered by id, so that
// there are no deadlocks. Commands are read by a later statement, for a statement that has waited for a lock sees the
// other tables as they were before.
const LOCK = `SELECT ${PAYMENTS.select('p')} FROM payment p WHERE p.order_id = ANY($1::uuid[]) ORDER BY p.id FOR UPDATE`;

/** @returns the payments of these orders, by order id, locked */
export async function lockPaymentsOfOrders(sql: SqlClient, orderIds: readonly string[]): Promise<Map<string, Payment>> {
  if (orderIds.length === 0) return new Map();
  const { rows } = await sql.query<Row>(LOCK, [orderIds]);
  const locked = rows.map((row) => paymentOf(PAYMENTS.read(row)));
  const payments = await withRefundsAndDisputes(sql, locked);
  return new Map(payments.map((payment) => [payment.orderId, payment]));
}

const BY_REFERENCE = `SELECT order_id FROM payment WHERE provider_reference = $2 AND provider = $1 LIMIT 1`;

/** The order of the payment with this provider's reference. */
export async function orderOfReference(
  sql: SqlClient,
  provider: string,
  reference: string,
): Promise<string | undefined> {
  const { rows } = await sql.query<{ order_id: string }>(BY_REFERENCE, [provider, reference]);
  return rows[0]?.order_id;
}
