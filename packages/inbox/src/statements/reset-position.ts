import type { SqlClient } from '@outrider/common';
import type { StoredPosition } from './read-positions.js';

// Only the position that was found not to be of this log: one that another process stored meanwhile is newer. The new
// position has no marks: nothing was read before it.
const SQL = `UPDATE inbox_offset SET next_offset=$5::bigint,last_offset=NULL,last_mark=NULL,known_offset=NULL,known_mark=NULL
WHERE consumer=$1 AND topic=$2 AND partition=$3 AND next_offset=$4::bigint`;

/** @returns whether the position was still the one given and is now at `to` */
export async function resetPosition(
  sql: SqlClient,
  consumer: string,
  stored: StoredPosition,
  to: bigint,
): Promise<boolean> {
  const { topic, partition, offset } = stored;
  const { rowCount } = await sql.query(SQL, [consumer, topic, partition, String(offset), String(to)]);
  return rowCount === 1;
}
