import type { SqlClient } from '@outrider/service-kit/database';
import type { Dispute } from '../../domain/ledger.js';

const SQL = `INSERT INTO dispute(order_id, dispute_id, amount, withheld_amount, reason, respond_by, status, created_at, updated_at)
SELECT t.*, $2, $2 FROM json_to_recordset($1::json)
  AS t("orderId" uuid, "disputeId" text, amount bigint, "withheldAmount" bigint, reason text, "respondBy" timestamptz, status text)
ON CONFLICT (order_id, dispute_id) DO UPDATE SET amount=excluded.amount, withheld_amount=excluded.withheld_amount,
  reason=excluded.reason, respond_by=excluded.respond_by, status=excluded.status, updated_at=$2`;

/** Writes disputes as they stand; the caller holds the sagas of their orders. Of each the last counts. */
export async function storeDisputes(
  sql: SqlClient,
  disputes: readonly { readonly orderId: string; readonly dispute: Dispute }[],
  now: Date,
): Promise<void> {
  if (disputes.length === 0) return;
  const last = new Map(
    disputes.map(({ orderId, dispute }) => [`${orderId} ${dispute.disputeId}`, { orderId, ...dispute }]),
  );
  await sql.query(SQL, [JSON.stringify([...last.values()]), now]);
}
