import type { SqlClient } from '@outrider/common';
import type { Mark } from '../positions/mark.js';
import { markBefore } from './read-positions.js';

// First statement of a transaction over slices of several partitions: locks the rows in the order of their numbers, so
// that two owners of a partition (one of them fenced off and not knowing it) go one after the other and never wait for
// each other in a circle. A slice fits when the stored position lies inside [from, next]: what is before it is committed
// already and is left out by the caller; a slice that begins behind it would skip messages and gets no row. The rows
// exist already: beginPosition makes them.
const SQL = `
WITH b AS MATERIALIZED (SELECT * FROM unnest($3::int[],$4::bigint[],$5::bigint[],$6::bigint[],$7::text[]) x(partition,first,next,last,mark)),
o AS MATERIALIZED (SELECT i.partition,i.next_offset,i.last_offset,i.last_mark FROM inbox_offset i WHERE i.consumer=$1 AND i.topic=$2 AND i.partition=ANY($3::int[])
  ORDER BY i.partition FOR NO KEY UPDATE)
UPDATE inbox_offset i SET next_offset=b.next,last_offset=coalesce(b.last,o.last_offset),last_mark=coalesce(b.mark,o.last_mark) FROM o JOIN b USING (partition)
WHERE i.consumer=$1 AND i.topic=$2 AND i.partition=o.partition AND o.next_offset BETWEEN b.first AND b.next
RETURNING i.partition,o.next_offset::text AS at,o.last_offset::text AS last,o.last_mark`;

/** From where to where a position advances. */
interface Advance {
  readonly partition: number;
  readonly from: bigint;
  readonly next: bigint;
  /** the last message before `next`; undefined when there is none from `from` on */
  readonly last: Mark | undefined;
}

/** The position of a partition before a transaction, and the last message before it. */
export interface PositionBefore {
  readonly offset: bigint;
  readonly last: Mark | undefined;
}

/** @returns by partition the position before; those that do not fit theirs are missing and stay as they are */
export async function advancePositions(
  sql: SqlClient,
  consumer: string,
  topic: string,
  advances: readonly Advance[],
): Promise<Map<number, PositionBefore>> {
  const { rows } = await sql.query<{ partition: number; at: string; last: string | null; last_mark: string | null }>(
    SQL,
    [
      consumer,
      topic,
      advances.map(({ partition }) => partition),
      advances.map(({ from }) => String(from)),
      advances.map(({ next }) => String(next)),
      advances.map(({ last }) => (last === undefined ? null : String(last.offset))),
      advances.map(({ last }) => last?.fingerprint ?? null),
    ],
  );
  return new Map(
    rows.map(({ partition, at, last, last_mark: mark }) => [
      partition,
      { offset: BigInt(at), last: markBefore(BigInt(at), last, mark) },
    ]),
  );
}
