import type { SqlClient } from '@outrider/common';

// Second statement: which of the batch's keys are parked, locked until the commit against a retry of the
// key: without the lock a retry could end between this look and the insert that parks a later message, and that
// message would stay parked forever. In key order, as every statement that locks keys.
const SQL = `SELECT msg_key FROM inbox_key_state WHERE consumer=$1 AND topic=$2 AND msg_key=ANY($3::text[]) ORDER BY msg_key FOR SHARE`;

/** @returns those of the keys that are parked */
export async function lockParkedKeys(
  sql: SqlClient,
  consumer: string,
  topic: string,
  keys: readonly string[],
): Promise<Set<string>> {
  if (keys.length === 0) return new Set();
  const { rows } = await sql.query<{ msg_key: string }>(SQL, [consumer, topic, keys]);
  return new Set(rows.map((row) => row.msg_key));
}
