import type { ReasonCode, RefundStatus } from '@outrider/contracts';
import type { SqlClient } from '@outrider/service-kit/database';

// Of a whole batch in one statement, and none for the many batches that close no refund.
const SQL = `UPDATE refund SET status=t.status, failure=t.failure, failure_detail=t.detail, updated_at=$2
FROM json_to_recordset($1::json) AS t(id uuid, status text, failure text, detail text) WHERE refund.id=t.id`;

/** What a refund has come to. */
export interface ClosedRefund {
  readonly id: string;
  readonly status: Exclude<RefundStatus, 'PENDING'>;
  readonly failure: ReasonCode | null;
  /** in the words of whoever refused it */
  readonly detail: string | null;
}

/** The caller holds the sagas of their orders. */
export async function closeRefunds(sql: SqlClient, refunds: readonly ClosedRefund[], now: Date): Promise<void> {
  if (refunds.length > 0) await sql.query(SQL, [JSON.stringify(refunds), now]);
}
