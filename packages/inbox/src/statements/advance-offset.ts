import type { SqlClient } from '../ports.js';

// First statement of a batch's transaction: takes the row's lock, so that two owners of a partition (one of them
// fenced off and not knowing it) go one after the other. The batch fits when the stored position lies inside
// [from, next]: what is before it is settled already and is left out by the caller; a batch that begins behind it
// would skip messages and gets no row. The row is always there before: beginPosition makes it.
const SQL = `
WITH o AS MATERIALIZED (SELECT next_offset FROM inbox_offset WHERE consumer=$1 AND topic=$2 AND partition=$3 FOR NO KEY UPDATE)
UPDATE inbox_offset i SET next_offset=$5::bigint FROM o
WHERE i.consumer=$1 AND i.topic=$2 AND i.partition=$3 AND o.next_offset BETWEEN $4::bigint AND $5::bigint
RETURNING o.next_offset::text AS at`;

/** @returns the position before, or undefined when the batch [from, next) does not fit it: roll back, seek again */
export async function advanceOffset(
  sql: SqlClient,
  consumer: string,
  topic: string,
  partition: number,
  from: bigint,
  next: bigint,
): Promise<bigint | undefined> {
  const { rows } = await sql.query<{ at: string }>(SQL, [consumer, topic, partition, String(from), String(next)]);
  return rows[0] === undefined ? undefined : BigInt(rows[0].at);
}
