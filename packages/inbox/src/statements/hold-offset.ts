import type { SqlClient } from '../ports.js';

// The fence of advanceOffsets without its move: for the transactions of single keys, after which the position
// moves once, at the end. The same lock, so a key is never judged by two owners at once.
const SQL = `SELECT next_offset::text AS at FROM inbox_offset WHERE consumer=$1 AND topic=$2 AND partition=$3
  AND next_offset BETWEEN $4::bigint AND $5::bigint FOR NO KEY UPDATE`;

/** @returns the position, or undefined when the batch [from, next) does not fit it */
export async function holdOffset(
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
