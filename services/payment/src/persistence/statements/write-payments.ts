import type { SqlClient } from '@outrider/service-kit/database';
import type { Payment } from '../../domain/payment.js';

// A set of rows is one JSON parameter: one statement and one plan whatever their number.
const INSERT = `INSERT INTO payment (id, order_id, status, amount, currency, payment_method, captured_amount,
  refunded_amount, provider, provider_reference, reason, code, action, released, traceparent)
SELECT r.id, r."orderId", r.status, r.amount, r.currency, r."paymentMethod", r."capturedAmount", r."refundedAmount", $2,
  r."providerReference", r.reason, r.code, r.action, r.released, r.traceparent
FROM json_to_recordset($1::json) AS r(id uuid, "orderId" uuid, status text, amount bigint, currency text,
  "paymentMethod" text, "capturedAmount" bigint, "refundedAmount" bigint, "providerReference" text, reason text,
  code text, action jsonb, released boolean, traceparent text)
ON CONFLICT DO NOTHING`;

const UPDATE = `UPDATE payment p SET status = r.status, captured_amount = r."capturedAmount",
  refunded_amount = r."refundedAmount", provider_reference = r."providerReference", reason = r.reason,
  code = r.code, action = r.action, released = r.released, updated_at = now()
FROM json_to_recordset($1::json) AS r(id uuid, status text, "capturedAmount" bigint, "refundedAmount" bigint,
  "providerReference" text, reason text, code text, action jsonb, released boolean)
WHERE p.id = r.id`;

/** @returns how many were inserted; fewer than given when another transaction has just inserted one for the same order */
export async function insertPayments(sql: SqlClient, provider: string, payments: readonly Payment[]): Promise<number> {
  if (payments.length === 0) return 0;
  const { rowCount } = await sql.query(INSERT, [JSON.stringify(payments), provider]);
  return rowCount ?? 0;
}

/** The payments must be locked. */
export async function updatePayments(sql: SqlClient, payments: readonly Payment[]): Promise<void> {
  if (payments.length > 0) await sql.query(UPDATE, [JSON.stringify(payments)]);
}
