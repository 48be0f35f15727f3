import type { Position } from '../event-consumer.js';
import type { SqlClient } from '../ports.js';

// Only from the position that was found to be outside the log: who moved it meanwhile knows better.
const SQL = `UPDATE inbox_offset SET next_offset=$5::bigint WHERE consumer=$1 AND topic=$2 AND partition=$3 AND next_offset=$4::bigint`;

/** @returns whether the position was still the one given and is now at `to` */
export async function resetPosition(sql: SqlClient, consumer: string, stored: Position, to: bigint): Promise<boolean> {
  const { topic, partition, offset } = stored;
  const { rowCount } = await sql.query(SQL, [consumer, topic, partition, String(offset), String(to)]);
  return rowCount === 1;
}
