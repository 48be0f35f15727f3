import type { SqlClient } from '@outrider/common';

// The key's state; its messages follow by insertParked in the same transaction. RETRYING while it has a next attempt,
// else PARKED: at once for a message that cannot be read, which will not be readable in a minute either.
const SQL = `INSERT INTO inbox_key_state AS o (consumer,topic,msg_key,attempt_count,next_attempt_at,last_error)
VALUES ($1,$2,$3,1,now()+$5::float8*interval '1 millisecond',$4)
ON CONFLICT (consumer,topic,msg_key) DO UPDATE SET attempt_count=o.attempt_count+1,last_error=excluded.last_error,next_attempt_at=excluded.next_attempt_at`;

/** @param retryInMs when the key is tried again by itself; null = it waits for an operator */
export async function parkKey(
  sql: SqlClient,
  consumer: string,
  topic: string,
  key: string,
  error: string,
  retryInMs: number | null,
): Promise<void> {
  await sql.query(SQL, [consumer, topic, key, error, retryInMs]);
}
