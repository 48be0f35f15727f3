import type { SqlClient } from '@outrider/service-kit/database';
import type { Dispute } from '../../domain/ledger.js';
import { DISPUTE_TIMES, DISPUTES } from '../tables/disputes.js';

const SQL = `INSERT INTO dispute(${DISPUTES.names}, ${DISPUTE_TIMES.names})
SELECT ${DISPUTES.names}, $2, $2 FROM json_to_recordset($1::json) AS t(${DISPUTES.record})
ON CONFLICT (order_id, dispute_id) DO UPDATE SET ${DISPUTES.assign('excluded', 'orderId', 'disputeId')}, updated_at=$2`;

/** Writes disputes as they stand; the caller holds the sagas of their orders. Of each the last counts. */
export async function storeDisputes(
  sql: SqlClient,
  disputes: readonly { readonly orderId: string; readonly dispute: Dispute }[],
  now: Date,
): Promise<void> {
  if (disputes.length === 0) return;
  const last = new Map(
    disputes.map(({ orderId, dispute: { respondBy, ...dispute } }) => [
      `${orderId} ${dispute.disputeId}`,
      DISPUTES.write({ ...dispute, orderId, respondBy: respondBy === null ? null : new Date(respondBy) }),
    ]),
  );
  await sql.query(SQL, [JSON.stringify([...last.values()]), now]);
}
