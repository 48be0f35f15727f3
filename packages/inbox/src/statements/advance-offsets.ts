import type { SqlClient } from '../ports.js';

// First statement of a transaction over slices of several partitions: takes the rows' locks in the order of their
// numbers, so that two owners of a partition (one of them fenced off and not knowing it) go one after the other and
// never wait for each other in a circle. A slice fits when the stored position lies inside [from, next]: what is
// before it is settled already and is left out by the caller; one that begins behind it would skip messages and gets
// no row. The rows are always there before: beginPosition makes them.
const SQL = `
WITH b AS MATERIALIZED (SELECT * FROM unnest($3::int[],$4::bigint[],$5::bigint[]) x(partition,first,next)),
o AS MATERIALIZED (SELECT i.partition,i.next_offset FROM inbox_offset i WHERE i.consumer=$1 AND i.topic=$2 AND i.partition=ANY($3::int[])
  ORDER BY i.partition FOR NO KEY UPDATE)
UPDATE inbox_offset i SET next_offset=b.next FROM o JOIN b USING (partition)
WHERE i.consumer=$1 AND i.topic=$2 AND i.partition=o.partition AND o.next_offset BETWEEN b.first AND b.next
RETURNING i.partition,o.next_offset::text AS at`;

interface Stretch {
  readonly partition: number;
  readonly from: bigint;
  readonly next: bigint;
}

/** @returns by partition the position before; those that do not fit theirs are missing and stay as they are */
export async function advanceOffsets(
  sql: SqlClient,
  consumer: string,
  topic: string,
  stretches: readonly Stretch[],
): Promise<Map<number, bigint>> {
  const { rows } = await sql.query<{ partition: number; at: string }>(SQL, [
    consumer,
    topic,
    stretches.map(({ partition }) => partition),
    stretches.map(({ from }) => String(from)),
    stretches.map(({ next }) => String(next)),
  ]);
  return new Map(rows.map(({ partition, at }) => [partition, BigInt(at)]));
}
