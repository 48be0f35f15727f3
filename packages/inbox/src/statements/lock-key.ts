import type { SqlClient } from '../ports.js';

// First statement of a retry: batches that hold a message of the key wait behind it (holdParkedKeys); another process
// that has the key in hand is not waited for.
const SQL = `SELECT attempt_count FROM inbox_key_state WHERE consumer=$1 AND topic=$2 AND msg_key=$3
AND ($4::boolean OR next_attempt_at<=now()) FOR UPDATE SKIP LOCKED`;

/**
 * @param asked by a person: due or not
 * @returns the attempts so far, or undefined when the key is not parked, not due or in other hands
 */
export async function lockKey(
  sql: SqlClient,
  consumer: string,
  topic: string,
  key: string,
  asked: boolean,
): Promise<number | undefined> {
  const { rows } = await sql.query<{ attempt_count: number }>(SQL, [consumer, topic, key, asked]);
  return rows[0]?.attempt_count;
}
