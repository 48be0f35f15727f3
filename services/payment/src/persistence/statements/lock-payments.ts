import type { SqlClient } from '@outrider/service-kit/database';
import { isReasonCode, type PaymentStatus } from '@outrider/contracts';
import { withRefundsAndDisputes } from './refunds-and-disputes.js';
import type { Payment, RequiredAction } from '../../domain/payment.js';

export interface PaymentRow {
  readonly id: string;
  readonly order_id: string;
  readonly status: PaymentStatus;
  readonly amount: string;
  readonly currency: string;
  readonly payment_method: string | null;
  readonly captured_amount: string;
  readonly refunded_amount: string;
  readonly provider: string;
  readonly provider_reference: string | null;
  readonly reason: string | null;
  readonly code: string | null;
  readonly action: RequiredAction | null;
  readonly released: boolean;
  readonly traceparent: string | null;
}

export const PAYMENT_COLUMNS = `p.id, p.order_id, p.status, p.amount, p.currency, p.payment_method, p.captured_amount,
  p.refunded_amount, p.provider, p.provider_reference, p.reason, p.code, p.action, p.released, p.traceparent`;

// The lock of a payment also guards its commands: a transaction that changes either takes it first, ordered by id, so that
// there are no deadlocks. Commands are read by a later statement, for a statement that has waited for a lock sees the
// other tables as they were before.
const LOCK = `SELECT ${PAYMENT_COLUMNS} FROM payment p WHERE p.order_id = ANY($1::uuid[]) ORDER BY p.id FOR UPDATE`;

/** @returns the payments of these orders, by order id, locked */
export async function lockPaymentsOfOrders(sql: SqlClient, orderIds: readonly string[]): Promise<Map<string, Payment>> {
  if (orderIds.length === 0) return new Map();
  const { rows } = await sql.query<PaymentRow>(LOCK, [orderIds]);
  const payments = await withRefundsAndDisputes(sql, rows.map(paymentOf));
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

/** Without its refunds and disputes. */
export function paymentOf(row: PaymentRow): Payment {
  return {
    id: row.id,
    orderId: row.order_id,
    status: row.status,
    amount: Number(row.amount),
    currency: row.currency,
    paymentMethod: row.payment_method,
    capturedAmount: Number(row.captured_amount),
    refundedAmount: Number(row.refunded_amount),
    refunds: [],
    disputes: [],
    provider: row.provider,
    providerReference: row.provider_reference,
    reason: row.reason,
    code: row.code !== null && isReasonCode(row.code) ? row.code : null,
    action: row.action,
    released: row.released,
    traceparent: row.traceparent,
  };
}
