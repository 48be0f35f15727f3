import type { SqlClient } from '@outrider/common';

// First statement of a retry or a discard: batches that hold a message of the key wait behind it (holdParkedKeys). The
// scanner does not wait for a key that others have in hand; a person does, or would be told that there is no such key
// whenever a batch with a message of it is being handled.
const DUE = `SELECT attempt_count FROM inbox_key_state WHERE consumer=$1 AND topic=$2 AND msg_key=$3
AND next_attempt_at<=now() FOR UPDATE SKIP LOCKED`;
const ASKED = `SELECT attempt_count FROM inbox_key_state WHERE consumer=$1 AND topic=$2 AND msg_key=$3 FOR UPDATE`;

/**
 * @param asked by a person: due or not
 * @returns the attempts so far, or undefined when the key is not parked or, unless asked, not due or in other hands
 */
export async function lockKey(
  sql: SqlClient,
  consumer: string,
  topic: string,
  key: string,
  asked: boolean,
): Promise<number | undefined> {
  const { rows } = await sql.query<{ attempt_count: number }>(asked ? ASKED : DUE, [consumer, topic, key]);
  return rows[0]?.attempt_count;
}
