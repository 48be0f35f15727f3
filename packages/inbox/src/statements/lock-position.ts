import type { SqlClient } from '@outrider/common';
import type { PositionBefore } from './advance-positions.js';
import { markBefore } from './read-positions.js';

// The check and the lock of advancePositions without its update: for the transactions of single keys, after which the
// position advances once, at the end. The same lock, so that two owners of a partition never judge a key at once.
const SQL = `SELECT next_offset::text AS at,last_offset::text AS last,last_mark FROM inbox_offset WHERE consumer=$1 AND topic=$2 AND partition=$3
  AND next_offset BETWEEN $4::bigint AND $5::bigint FOR NO KEY UPDATE`;

/** @returns the position, or undefined when the batch [from, next) does not fit it */
export async function lockPosition(
  sql: SqlClient,
  consumer: string,
  topic: string,
  partition: number,
  from: bigint,
  next: bigint,
): Promise<PositionBefore | undefined> {
  const { rows } = await sql.query<{ at: string; last: string | null; last_mark: string | null }>(SQL, [
    consumer,
    topic,
    partition,
    String(from),
    String(next),
  ]);
  const [row] = rows;
  if (row === undefined) return undefined;
  return { offset: BigInt(row.at), last: markBefore(BigInt(row.at), row.last, row.last_mark) };
}
