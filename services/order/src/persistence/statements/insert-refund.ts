import type { SqlClient } from '@outrider/service-kit/database';
import { REFUND_ORIGINS, REFUNDS } from '../tables/refunds.js';
import type { StoredRefund } from './read-refunds.js';

const SQL = `INSERT INTO refund(${REFUND_ORIGINS.names}, ${REFUNDS.names})
SELECT ${REFUND_ORIGINS.names}, ${REFUNDS.names} FROM json_to_recordset($1::json) AS t(${REFUND_ORIGINS.record}, ${REFUNDS.record})`;

/** Who requested a refund, and under which idempotency key. */
export interface RefundRequester {
  readonly requestedBy: string;
  readonly idempotencyKey: string;
}

/**
 * Stores a new refund; the caller holds the order's saga.
 * @throws the database's unique violation of refund_key when the key was used before
 */
export async function insertRefund(
  sql: SqlClient,
  orderId: string,
  requester: RefundRequester,
  refund: StoredRefund,
): Promise<void> {
  const row = REFUNDS.write({
    ...refund,
    lines: refund.lines ?? null,
    requestedAmount: refund.requestedAmount ?? null,
    createdAt: new Date(refund.createdAt),
    updatedAt: new Date(refund.updatedAt),
  });
  await sql.query(SQL, [JSON.stringify([{ ...REFUND_ORIGINS.write({ orderId, ...requester }), ...row }])]);
}
