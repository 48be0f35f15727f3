import type { SqlClient } from '@outrider/common';
import type { TopicPartition } from '../event-consumer.js';
import type { Mark } from '../positions/mark.js';

// One statement for a whole assignment.
const SQL = `SELECT topic,partition,next_offset::text AS at,last_offset::text AS last,last_mark,known_offset::text AS known,known_mark
FROM inbox_offset JOIN unnest($2::text[],$3::int[]) x(topic,partition) USING (topic,partition) WHERE consumer=$1`;

/** A stored position with what it stands on. */
export interface Standing extends TopicPartition {
  readonly offset: bigint;
  /** The last message before it; not known where none was read since the position was stored. */
  readonly last: Mark | undefined;
  /** A message before it that was found again in the log: what was read since then was of that log. */
  readonly known: Mark | undefined;
}

interface Row {
  readonly topic: string;
  readonly partition: number;
  readonly at: string;
  readonly last: string | null;
  readonly last_mark: string | null;
  readonly known: string | null;
  readonly known_mark: string | null;
}

/** The stored positions of those partitions that have one. */
export async function readStandings(
  sql: SqlClient,
  consumer: string,
  partitions: readonly TopicPartition[],
): Promise<Standing[]> {
  const { rows } = await sql.query<Row>(SQL, [
    consumer,
    partitions.map((at) => at.topic),
    partitions.map((at) => at.partition),
  ]);
  return rows.map((row) => {
    const offset = BigInt(row.at);
    return {
      topic: row.topic,
      partition: row.partition,
      offset,
      last: markBefore(offset, row.last, row.last_mark),
      known: markBefore(offset, row.known, row.known_mark),
    };
  });
}

/** A position that was set back by hand has messages before it that it does not stand on. */
export function markBefore(position: bigint, offset: string | null, name: string | null): Mark | undefined {
  if (offset === null || name === null || BigInt(offset) >= position) return undefined;
  return { offset: BigInt(offset), name };
}
