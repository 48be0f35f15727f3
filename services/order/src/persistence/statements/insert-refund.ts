import type { SqlClient } from '@outrider/service-kit/database';
import { jsonOrNull } from './json.js';
import type { StoredRefund } from './read-refunds.js';

const SQL = `INSERT INTO refund(id, order_id, requested_by, idempotency_key, amount, lines, restock, reason, status, created_at, updated_at, shares, metadata)
VALUES ($1,$2,$3,$4,$5,$6::jsonb,$7,$8,$9,$10,$10,$11::jsonb,$12::jsonb)`;

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
  { requestedBy, idempotencyKey }: RefundRequester,
  { refundId, amount, lines, restock, reason, status, createdAt, shares, metadata }: StoredRefund,
): Promise<void> {
  await sql.query(SQL, [
    refundId,
    orderId,
    requestedBy,
    idempotencyKey,
    amount,
    lines === undefined ? null : JSON.stringify(lines),
    restock,
    reason,
    status,
    createdAt,
    shares === null ? null : JSON.stringify(shares),
    jsonOrNull(metadata),
  ]);
}
