import type { SqlClient } from '@outrider/common';

// First statement of a retry or a discard: batches that hold a message of the key wait for it (insertOpenIds). The
// timer skips a key that somebody else has locked; an operator waits, or would be answered that there is no such key
// whenever a batch with a message of it is being handled.
const DUE = `SELECT attempt_count FROM inbox_key_state WHERE consumer=$1 AND topic=$2 AND msg_key=$3
AND next_attempt_at<=now() FOR UPDATE SKIP LOCKED`;
const ANY = `SELECT attempt_count FROM inbox_key_state WHERE consumer=$1 AND topic=$2 AND msg_key=$3 FOR UPDATE`;

/**
 * @param which 'due': only when its next attempt is due and nobody else has locked it; 'any': waits for the lock
 * @returns the attempts so far; undefined when there is no such key
 */
export async function lockParkedKey(
  sql: SqlClient,
  consumer: string,
  topic: string,
  key: string,
  which: 'due' | 'any',
): Promise<number | undefined> {
  const { rows } = await sql.query<{ attempt_count: number }>(which === 'due' ? DUE : ANY, [consumer, topic, key]);
  return rows[0]?.attempt_count;
}
