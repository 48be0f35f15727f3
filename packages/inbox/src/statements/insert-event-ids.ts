import type { SqlClient } from '@outrider/common';

// For a retry, which holds the lock of its key; a batch uses insertOpenIds. Sorted likewise, and new ids are returned likewise.
const SQL = `INSERT INTO inbox_event(consumer,event_id) SELECT $1,x FROM (SELECT DISTINCT unnest($2::uuid[]) x) u ORDER BY x
ON CONFLICT DO NOTHING RETURNING event_id::text`;

/** @returns those ids that were not there, in lower case */
export async function insertEventIds(sql: SqlClient, consumer: string, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const { rows } = await sql.query<{ event_id: string }>(SQL, [consumer, ids]);
  return new Set(rows.map((row) => row.event_id));
}
