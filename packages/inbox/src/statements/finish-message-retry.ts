import type { SqlClient } from '@outrider/common';
import type { MessagePlace } from '../parked/entries.js';

// A message without a key: it is locked when it is handled, so its row alone says all.
const RELEASE = `DELETE FROM inbox_parked WHERE consumer=$1 AND topic=$2 AND partition=$3 AND "offset"=$4::bigint AND msg_key IS NULL`;
// After the rolled back transaction; the count it was tried under is compared, so that two tries at once count one.
const FAILED = `UPDATE inbox_parked SET attempt_count=attempt_count+1,reason=$6
WHERE consumer=$1 AND topic=$2 AND partition=$3 AND "offset"=$4::bigint AND msg_key IS NULL AND attempt_count=$5`;

export async function releaseMessage(
  sql: SqlClient,
  consumer: string,
  { topic, partition, offset }: MessagePlace,
): Promise<void> {
  await sql.query(RELEASE, [consumer, topic, partition, String(offset)]);
}

export async function countFailure(
  sql: SqlClient,
  consumer: string,
  { topic, partition, offset }: MessagePlace,
  attempts: number,
  reason: string,
): Promise<void> {
  await sql.query(FAILED, [consumer, topic, partition, String(offset), attempts, reason]);
}
