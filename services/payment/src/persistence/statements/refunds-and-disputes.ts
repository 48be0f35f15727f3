import type { SqlClient } from '@outrider/service-kit/database';
import type { Payment, Refund } from '../../domain/payment.js';
import type { ProviderDispute } from '../../domain/provider-answer.js';

// Times as they are in events: UTC, ISO 8601, milliseconds.
const TIME = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const OF_PAYMENTS = `SELECT p.id, coalesce((SELECT json_agg(json_build_object('id', r.provider_refund_id,
    'refundId', r.refund_id, 'amount', r.amount, 'status', r.status, 'by', r.requested_by, 'reason', r.reason,
    'createdAt', ${TIME('r.created_at')}) ORDER BY r.created_at, r.provider_refund_id)
    FROM refund r WHERE r.payment_id = p.id), '[]') AS refunds,
  coalesce((SELECT json_agg(json_build_object('id', d.provider_dispute_id, 'amount', d.amount,
    'withheldAmount', d.withheld_amount, 'status', d.status, 'reason', d.reason,
    'respondBy', ${TIME('d.respond_by')}, 'createdAt', ${TIME('d.created_at')})
    ORDER BY d.created_at, d.provider_dispute_id) FROM dispute d WHERE d.payment_id = p.id), '[]') AS disputes
FROM unnest($1::uuid[]) AS p (id)`;

const SAVE_REFUNDS = `INSERT INTO refund (provider, provider_refund_id, payment_id, refund_id, amount, status, requested_by,
  reason, created_at)
SELECT p.provider, r.id, p.id, r."refundId", r.amount, r.status, r.by, r.reason, r."createdAt"
FROM json_to_recordset($1::json) AS r("paymentId" uuid, id text, "refundId" uuid, amount bigint, status text, by text,
  reason text, "createdAt" timestamptz) JOIN payment p ON p.id = r."paymentId"
ON CONFLICT (provider, provider_refund_id) DO UPDATE SET refund_id = excluded.refund_id, status = excluded.status,
  reason = excluded.reason, updated_at = now() WHERE refund.payment_id = excluded.payment_id`;

const SAVE_DISPUTES = `INSERT INTO dispute (provider, provider_dispute_id, payment_id, amount, withheld_amount, status,
  reason, respond_by, created_at)
SELECT p.provider, d.id, p.id, d.amount, d."withheldAmount", d.status, d.reason, d."respondBy", d."createdAt"
FROM json_to_recordset($1::json) AS d("paymentId" uuid, id text, amount bigint, "withheldAmount" bigint, status text,
  reason text, "respondBy" timestamptz, "createdAt" timestamptz) JOIN payment p ON p.id = d."paymentId"
ON CONFLICT (provider, provider_dispute_id) DO UPDATE SET amount = excluded.amount,
  withheld_amount = excluded.withheld_amount, status = excluded.status, reason = excluded.reason,
  respond_by = excluded.respond_by, updated_at = now() WHERE dispute.payment_id = excluded.payment_id`;

type RefundsAndDisputes = Pick<Payment, 'refunds' | 'disputes'>;

/** @returns the refunds and disputes of payments, the oldest first, by the payment's id */
export async function refundsAndDisputesOf(
  sql: SqlClient,
  paymentIds: readonly string[],
): Promise<ReadonlyMap<string, RefundsAndDisputes>> {
  if (paymentIds.length === 0) return new Map();
  const { rows } = await sql.query<{ id: string; refunds: Refund[]; disputes: ProviderDispute[] }>(OF_PAYMENTS, [
    paymentIds,
  ]);
  return new Map(rows.map(({ id, refunds, disputes }) => [id, { refunds, disputes }]));
}

/** The payments with their refunds and disputes. Only a payment that was captured has any, so others cost nothing. */
export async function withRefundsAndDisputes(sql: SqlClient, payments: readonly Payment[]): Promise<Payment[]> {
  const captured = payments.filter(({ capturedAmount }) => capturedAmount > 0).map(({ id }) => id);
  const found = await refundsAndDisputesOf(sql, captured);
  return payments.map((payment) => ({ ...payment, ...found.get(payment.id) }));
}

/** Writes refunds and disputes that are new or have changed; the payments must be locked. */
export async function saveRefundsAndDisputes(
  sql: SqlClient,
  changed: readonly { readonly payment: Payment; readonly before: RefundsAndDisputes | undefined }[],
): Promise<void> {
  const refunds = changed.flatMap(({ payment: { id: paymentId, refunds: now }, before }) =>
    now.filter((one) => before?.refunds.includes(one) !== true).map((refund) => ({ paymentId, ...refund })),
  );
  const disputes = changed.flatMap(({ payment: { id: paymentId, disputes: now }, before }) =>
    now.filter((one) => before?.disputes.includes(one) !== true).map((dispute) => ({ paymentId, ...dispute })),
  );
  if (refunds.length > 0) await sql.query(SAVE_REFUNDS, [JSON.stringify(refunds)]);
  if (disputes.length > 0) await sql.query(SAVE_DISPUTES, [JSON.stringify(disputes)]);
}
