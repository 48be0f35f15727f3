import type { SqlClient } from '@outrider/common';
import type { Position } from '../event-consumer.js';

// A message without a key is locked while it is handled: its row is all there is to change.
const HANDLED = `DELETE FROM inbox_parked WHERE consumer=$1 AND topic=$2 AND partition=$3 AND "offset"=$4::bigint AND msg_key IS NULL`;
// After the rolled back transaction; the attempts read before are compared, so that two tries at once count one.
const FAILED = `UPDATE inbox_parked SET attempt_count=attempt_count+1,reason=$6
WHERE consumer=$1 AND topic=$2 AND partition=$3 AND "offset"=$4::bigint AND msg_key IS NULL AND attempt_count=$5`;

export async function deleteHandledMessage(
  sql: SqlClient,
  consumer: string,
  { topic, partition, offset }: Position,
): Promise<void> {
  await sql.query(HANDLED, [consumer, topic, partition, String(offset)]);
}

export async function countMessageFailure(
  sql: SqlClient,
  consumer: string,
  { topic, partition, offset }: Position,
  attempts: number,
  reason: string,
): Promise<void> {
  await sql.query(FAILED, [consumer, topic, partition, String(offset), attempts, reason]);
}
