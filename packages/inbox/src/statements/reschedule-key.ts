import type { SqlClient } from '@outrider/common';

// A failed try of a parked key, after its transaction was rolled back. An UPDATE, not an upsert: if another process
// handled the key meanwhile, a row without messages would park it for nothing. The attempts read before are
// compared, so that two processes that tried at once count one attempt.
const SQL = `UPDATE inbox_key_state SET attempt_count=attempt_count+1,last_error=$5,next_attempt_at=now()+$6::float8*interval '1 millisecond'
WHERE consumer=$1 AND topic=$2 AND msg_key=$3 AND attempt_count=$4`;

/** @param retryInMs null = no attempt is left: the key is PARKED and waits for an operator */
export async function rescheduleKey(
  sql: SqlClient,
  consumer: string,
  topic: string,
  key: string,
  attempts: number,
  error: string,
  retryInMs: number | null,
): Promise<void> {
  await sql.query(SQL, [consumer, topic, key, attempts, error, retryInMs]);
}
