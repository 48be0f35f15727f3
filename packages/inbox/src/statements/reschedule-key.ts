import type { SqlClient } from '@outrider/common';

// A failed try of a parked key, after its transaction was rolled back. An UPDATE, not an upsert: if another process
// freed the key meanwhile, a row without messages would park it for nothing. The count it was tried under is
// compared, so that two who tried at once count one attempt.
const SQL = `UPDATE inbox_key_state SET attempt_count=attempt_count+1,last_error=$5,next_attempt_at=now()+$6::float8*interval '1 millisecond'
WHERE consumer=$1 AND topic=$2 AND msg_key=$3 AND attempt_count=$4`;

/** @param retryInMs null = the budget is used up: a dead letter, a person decides */
export async function postponeKey(
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
