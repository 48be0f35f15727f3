import type { SqlClient } from '@outrider/common';
import type { Position } from '../event-consumer.js';

// The first time, or after a restore that lost the row: inserted before the first batch, at the beginning of the log,
// so that no batch is ever taken for the first one only because there is no row to say otherwise. Two processes may
// come at once: the row that is there wins.
const SQL = `WITH i AS (INSERT INTO inbox_offset(consumer,topic,partition,next_offset) VALUES ($1,$2,$3,$4::bigint) ON CONFLICT DO NOTHING RETURNING next_offset)
SELECT next_offset::text AS at FROM i
UNION ALL SELECT next_offset::text FROM inbox_offset WHERE consumer=$1 AND topic=$2 AND partition=$3`;

/** @returns the stored position: the given one, or the one that was there */
export async function beginPosition(sql: SqlClient, consumer: string, position: Position): Promise<bigint> {
  const { topic, partition, offset } = position;
  const { rows } = await sql.query<{ at: string }>(SQL, [consumer, topic, partition, String(offset)]);
  return rows[0] === undefined ? offset : BigInt(rows[0].at);
}
