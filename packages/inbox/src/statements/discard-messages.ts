import type { SqlClient } from '@outrider/common';
import type { Position } from '../event-consumer.js';

// A discarded message is no longer parked, is on record, and its id, where it has one, is among the ids: the same event
// comes again after a relay's resend or a replay, and must have no effect then either.
const RECORD = `, i AS (INSERT INTO inbox_event(consumer,event_id) SELECT DISTINCT $1::text,event_id FROM m WHERE event_id IS NOT NULL ORDER BY 2 ON CONFLICT DO NOTHING)
INSERT INTO inbox_discarded(consumer,topic,partition,"offset",msg_key,event_id,parked_reason,parked_at,reason,discarded_by)
SELECT m.consumer,m.topic,m.partition,m."offset",m.msg_key,m.event_id,m.reason,m.parked_at,$3,$4 FROM m ORDER BY m."offset"`;

// Second statement, after lockParkedKey: a snapshot from before its wait could miss a message that was parked meanwhile,
// which would stay parked forever once the key's state is gone. Some at a time: a key may have very many; up to the
// last of them as a range of the index, not joined to their list: that join, on a table that is empty but for this key,
// and so without statistics, was a nested loop over all rows (12,000: a minute).
const OF_KEY = `WITH c AS MATERIALIZED (SELECT p."offset",p.partition FROM inbox_parked p WHERE p.consumer=$1 AND p.topic=$2 AND p.msg_key=$5
  ORDER BY p."offset",p.partition OFFSET $6-1 LIMIT 1),
m AS (DELETE FROM inbox_parked p WHERE p.consumer=$1 AND p.topic=$2 AND p.msg_key=$5
  AND (p."offset",p.partition)<=(coalesce((SELECT c."offset" FROM c),9223372036854775807),coalesce((SELECT c.partition FROM c),2147483647)) RETURNING p.*)
${RECORD}`;

const ONE = `WITH m AS (DELETE FROM inbox_parked p WHERE p.consumer=$1 AND p.topic=$2 AND p.partition=$5 AND p."offset"=$6::bigint RETURNING p.*)
${RECORD}`;

// Last: with its last message the key's state goes, and what comes next of the key is handled.
const EMPTY_KEY = `DELETE FROM inbox_key_state WHERE consumer=$1 AND topic=$2 AND msg_key=$3
AND NOT EXISTS (SELECT 1 FROM inbox_parked WHERE consumer=$1 AND topic=$2 AND msg_key=$3)`;

/** Why something is discarded, and who discards it. */
export interface Discard {
  readonly reason: string;
  readonly by: string;
}

/** Discards the first messages of a locked key. @returns how many, at most `limit` */
export async function discardKeyMessages(
  sql: SqlClient,
  consumer: string,
  topic: string,
  key: string,
  limit: number,
  { reason, by }: Discard,
): Promise<number> {
  return (await sql.query(OF_KEY, [consumer, topic, reason, by, key, limit])).rowCount ?? 0;
}

export async function discardOne(
  sql: SqlClient,
  consumer: string,
  { topic, partition, offset }: Position,
  { reason, by }: Discard,
): Promise<void> {
  await sql.query(ONE, [consumer, topic, reason, by, partition, String(offset)]);
}

/** Ends the parking of a key of which no message is parked. @returns whether it did */
export async function deleteEmptyKey(sql: SqlClient, consumer: string, topic: string, key: string): Promise<boolean> {
  return (await sql.query(EMPTY_KEY, [consumer, topic, key])).rowCount === 1;
}
