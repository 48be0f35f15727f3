import { selectList, type SqlClient } from '@outrider/common';
import type { Position, TopicPartition } from '../event-consumer.js';
import type { Mark } from '../positions/mark.js';

// One statement for a whole assignment.
const SQL = `SELECT ${selectList<Row>({
  topic: 'topic',
  partition: 'partition',
  at: 'next_offset::text',
  last: 'last_offset::text',
  last_mark: 'last_mark',
  known: 'known_offset::text',
  known_mark: 'known_mark',
})} FROM inbox_offset JOIN unnest($2::text[],$3::int[]) x(topic,partition) USING (topic,partition) WHERE consumer=$1`;

/** A stored position, with marks of the log that it was counted in. */
export interface StoredPosition extends Position {
  /** The last message before it; undefined where none was read since the position was stored. */
  readonly last: Mark | undefined;
  /** A message before it that the last comparison found in the log: all that was read since is of that log. */
  readonly verified: Mark | undefined;
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
export async function readPositions(
  sql: SqlClient,
  consumer: string,
  partitions: readonly TopicPartition[],
): Promise<StoredPosition[]> {
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
      verified: markBefore(offset, row.known, row.known_mark),
    };
  });
}

/** The mark, unless it is not before the position: someone set the position back by hand. */
export function markBefore(position: bigint, offset: string | null, fingerprint: string | null): Mark | undefined {
  if (offset === null || fingerprint === null || BigInt(offset) >= position) return undefined;
  return { offset: BigInt(offset), fingerprint };
}
