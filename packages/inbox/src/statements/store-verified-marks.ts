import type { SqlClient } from '@outrider/common';
import type { Mark } from '../positions/mark.js';
import type { StoredPosition } from './read-positions.js';

// Locks in the order of advancePositions. Not where the position has been reset since it was compared.
const SQL = `WITH k AS MATERIALIZED (SELECT * FROM unnest($2::text[],$3::int[],$4::bigint[],$5::bigint[],$6::text[]) x(topic,partition,at,mark_offset,mark)),
o AS MATERIALIZED (SELECT i.topic,i.partition FROM inbox_offset i JOIN k USING (topic,partition) WHERE i.consumer=$1 AND i.next_offset>=k.at
  ORDER BY i.topic,i.partition FOR NO KEY UPDATE OF i)
UPDATE inbox_offset i SET known_offset=k.mark_offset,known_mark=k.mark FROM o JOIN k USING (topic,partition)
WHERE i.consumer=$1 AND i.topic=o.topic AND i.partition=o.partition`;

/** Stores that the log holds these messages, and so is the one that the positions were counted in. */
export async function storeVerifiedMarks(
  sql: SqlClient,
  consumer: string,
  found: readonly { readonly position: StoredPosition; readonly mark: Mark }[],
): Promise<void> {
  if (found.length === 0) return;
  await sql.query(SQL, [
    consumer,
    found.map(({ position }) => position.topic),
    found.map(({ position }) => position.partition),
    found.map(({ position }) => String(position.offset)),
    found.map(({ mark }) => String(mark.offset)),
    found.map(({ mark }) => mark.fingerprint),
  ]);
}
