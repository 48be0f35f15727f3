import type { SqlClient } from '@outrider/common';

// Without locks, so that a round with nothing to do costs one read of an empty table; each key is then locked and read
// again in its own transaction.
const SQL = `SELECT topic,msg_key FROM inbox_key_state WHERE consumer=$1 AND topic=ANY($2::text[]) AND next_attempt_at<=now()
ORDER BY next_attempt_at LIMIT $3`;

/** Parked keys whose next attempt is due, the longest due first. */
export async function listDueKeys(
  sql: SqlClient,
  consumer: string,
  topics: readonly string[],
  limit: number,
): Promise<{ topic: string; key: string }[]> {
  const { rows } = await sql.query<{ topic: string; msg_key: string }>(SQL, [consumer, topics, limit]);
  return rows.map((row) => ({ topic: row.topic, key: row.msg_key }));
}
