import type { SqlClient } from '@outrider/service-kit/database';
import type { Payment } from '../../domain/payment.js';
import { PAYMENTS } from '../tables/payments.js';

// A set of rows is one JSON parameter: one statement and one plan whatever their number.
const INSERT = `INSERT INTO payment (${PAYMENTS.names})
SELECT ${PAYMENTS.names} FROM json_to_recordset($1::json) AS r(${PAYMENTS.record}) ON CONFLICT DO NOTHING`;

const CHANGED = PAYMENTS.pick(
  'id',
  'status',
  'capturedAmount',
  'refundedAmount',
  'providerReference',
  'reason',
  'code',
  'action',
  'released',
);
const UPDATE = `UPDATE payment p SET status = r.status, captured_amount = r.captured_amount,
  refunded_amount = r.refunded_amount, provider_reference = r.provider_reference, reason = r.reason,
  code = r.code, action = r.action, released = r.released, updated_at = now()
FROM json_to_recordset($1::json) AS r(${CHANGED.record}) WHERE p.id = r.id`;

/** @returns how many were inserted; fewer than given when another transaction has just inserted one for the same order */
export async function insertPayments(sql: SqlClient, provider: string, payments: readonly Payment[]): Promise<number> {
  if (payments.length === 0) return 0;
  const rows = payments.map(({ traceparent = null, ...payment }) =>
    PAYMENTS.write({ ...payment, traceparent, provider }),
  );
  const { rowCount } = await sql.query(INSERT, [JSON.stringify(rows)]);
  return rowCount ?? 0;
}

/** The payments must be locked. */
export async function updatePayments(sql: SqlClient, payments: readonly Payment[]): Promise<void> {
  if (payments.length > 0) await sql.query(UPDATE, [JSON.stringify(payments.map((payment) => CHANGED.write(payment)))]);
}
