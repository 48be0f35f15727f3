import type { SqlClient } from '@outrider/service-kit/database';

// Waiting reservations that can be answered now: their products have all arrived, or the wait is over. There are
// hardly ever any, and then a few.
const SQL = `SELECT r.order_id FROM reservation r WHERE r.status = 'WAITING' AND (r.expires_at <= now() OR NOT EXISTS (
  SELECT FROM jsonb_to_recordset(r.lines) AS line("productId" uuid)
  WHERE NOT EXISTS (SELECT FROM stock s WHERE s.product_id = line."productId")))
AND r.order_id <> ALL($2::uuid[]) ORDER BY r.expires_at LIMIT $1 FOR UPDATE SKIP LOCKED`;

/** @returns the order ids, locked, `limit` at most and none of `except` */
export async function lockAnswerable(
  sql: SqlClient,
  limit: number,
  except: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await sql.query<{ order_id: string }>(SQL, [limit, except]);
  return rows.map((row) => row.order_id);
}
