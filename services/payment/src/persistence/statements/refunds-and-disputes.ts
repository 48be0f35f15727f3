import type { Row, SqlClient } from '@outrider/service-kit/database';
import type { Payment } from '../../domain/payment.js';
import { DISPUTE_PARENTS, DISPUTES, REFUND_PARENTS, REFUNDS } from '../tables/refunds-and-disputes.js';

/** As columns `refunds` and `disputes` of a statement in which p is the payment; the oldest first. */
export const REFUNDS_AND_DISPUTES = `coalesce((SELECT json_agg(x)
    FROM (SELECT ${REFUNDS.select('r')} FROM refund r WHERE r.payment_id = p.id
    ORDER BY r.created_at, r.provider_refund_id) x), '[]') AS refunds,
  coalesce((SELECT json_agg(x)
    FROM (SELECT ${DISPUTES.select('d')} FROM dispute d WHERE d.payment_id = p.id
    ORDER BY d.created_at, d.provider_dispute_id) x), '[]') AS disputes`;

/** Those columns. */
export interface RefundsAndDisputesRow {
  readonly refunds: readonly Row[];
  readonly disputes: readonly Row[];
}

const OF_PAYMENTS = `SELECT p.id, ${REFUNDS_AND_DISPUTES} FROM unnest($1::uuid[]) AS p (id)`;

const SAVE_REFUNDS = `INSERT INTO refund (provider, ${REFUND_PARENTS.names}, ${REFUNDS.names})
SELECT p.provider, r.* FROM json_to_recordset($1::json) AS r(${REFUND_PARENTS.record}, ${REFUNDS.record})
  JOIN payment p ON p.id = r.payment_id
ON CONFLICT (provider, provider_refund_id) DO UPDATE SET ${REFUNDS.assign('excluded', 'id', 'amount', 'by', 'createdAt')},
  updated_at = now() WHERE refund.payment_id = excluded.payment_id`;

const SAVE_DISPUTES = `INSERT INTO dispute (provider, ${DISPUTE_PARENTS.names}, ${DISPUTES.names})
SELECT p.provider, d.* FROM json_to_recordset($1::json) AS d(${DISPUTE_PARENTS.record}, ${DISPUTES.record})
  JOIN payment p ON p.id = d.payment_id
ON CONFLICT (provider, provider_dispute_id) DO UPDATE SET ${DISPUTES.assign('excluded', 'id', 'createdAt')},
  updated_at = now() WHERE dispute.payment_id = excluded.payment_id`;

type RefundsAndDisputes = Pick<Payment, 'refunds' | 'disputes'>;

export function refundsAndDisputesIn({ refunds, disputes }: RefundsAndDisputesRow): RefundsAndDisputes {
  return { refunds: refunds.map((row) => REFUNDS.read(row)), disputes: disputes.map((row) => DISPUTES.read(row)) };
}

/** The payments with their refunds and disputes. Only a payment that was captured has any, so others cost nothing. */
export async function withRefundsAndDisputes(sql: SqlClient, payments: readonly Payment[]): Promise<Payment[]> {
  const captured = payments.filter(({ capturedAmount }) => capturedAmount > 0).map(({ id }) => id);
  if (captured.length === 0) return [...payments];
  const { rows } = await sql.query<RefundsAndDisputesRow & { id: string }>(OF_PAYMENTS, [captured]);
  const found = new Map(rows.map((row) => [row.id, refundsAndDisputesIn(row)]));
  return payments.map((payment) => ({ ...payment, ...found.get(payment.id) }));
}

/** Writes refunds and disputes that are new or have changed; the payments must be locked. */
export async function saveRefundsAndDisputes(
  sql: SqlClient,
  changed: readonly { readonly payment: Payment; readonly before: RefundsAndDisputes | undefined }[],
): Promise<void> {
  const refunds = changed.flatMap(({ payment: { id: paymentId, refunds: now }, before }) =>
    now
      .filter((one) => before?.refunds.includes(one) !== true)
      .map((refund) => ({ ...REFUND_PARENTS.write({ paymentId }), ...REFUNDS.write(refund) })),
  );
  const disputes = changed.flatMap(({ payment: { id: paymentId, disputes: now }, before }) =>
    now
      .filter((one) => before?.disputes.includes(one) !== true)
      .map((dispute) => ({ ...DISPUTE_PARENTS.write({ paymentId }), ...DISPUTES.write(dispute) })),
  );
  if (refunds.length > 0) await sql.query(SAVE_REFUNDS, [JSON.stringify(refunds)]);
  if (disputes.length > 0) await sql.query(SAVE_DISPUTES, [JSON.stringify(disputes)]);
}
