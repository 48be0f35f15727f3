import type { SqlClient } from '@outrider/service-kit/database';

// Those past their time that nobody has in hand: a row that is being confirmed or released is left alone (whoever has
// its lock decides), and replicas divide the work between them. It never waits here, so the order does not matter.
const SQL = `SELECT order_id FROM reservation WHERE status = 'RESERVED' AND expires_at <= now()
ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED`;

/** @returns the order ids, locked, `limit` at most */
export async function lockExpired(sql: SqlClient, limit: number): Promise<readonly string[]> {
  const { rows } = await sql.query<{ order_id: string }>(SQL, [limit]);
  return rows.map((row) => row.order_id);
}
