import type { SqlClient } from '@outrider/common';

// Which of the batch's keys are parked, locked until the commit against a retry of the key: without the lock a retry could
// end between this look and the insert that parks a later message, and that message would stay parked forever. In key
// order, as every statement that locks keys. And the ids of the messages of all other keys: those returned are new, and
// only their events have effects. Sorted, so that two batches with the same ids wait for each other in one direction
// only. An id is compared with all of the keys before it is inserted, so every key is locked by then.
const SQL = `WITH k AS MATERIALIZED (SELECT msg_key FROM inbox_key_state WHERE consumer=$1 AND topic=$2 AND msg_key=ANY($3::text[]) ORDER BY msg_key FOR SHARE),
i AS (INSERT INTO inbox_event(consumer,event_id) SELECT DISTINCT $1::text,m.id FROM unnest($4::uuid[],$5::text[]) m(id,key)
  WHERE NOT EXISTS (SELECT FROM k WHERE k.msg_key=m.key) ORDER BY 2 ON CONFLICT DO NOTHING RETURNING event_id)
SELECT msg_key,NULL AS event_id FROM k UNION ALL SELECT NULL,event_id::text FROM i`;

/** The parked ones of the keys, and the ids that were not there, in lower case. */
export interface OpenIds {
  readonly parkedKeys: ReadonlySet<string>;
  readonly newIds: ReadonlySet<string>;
}

/**
 * @param keys to be looked for among the parked ones
 * @param ids of messages, each with its key; those of parked keys are not inserted
 */
export async function insertOpenIds(
  sql: SqlClient,
  consumer: string,
  topic: string,
  keys: readonly string[],
  ids: readonly { readonly eventId: string; readonly key: string | null }[],
): Promise<OpenIds> {
  if (keys.length === 0 && ids.length === 0) return { parkedKeys: new Set(), newIds: new Set() };
  const { rows } = await sql.query<{ msg_key: string | null; event_id: string | null }>(SQL, [
    consumer,
    topic,
    keys,
    ids.map(({ eventId }) => eventId),
    ids.map(({ key }) => key),
  ]);
  return {
    parkedKeys: new Set(rows.flatMap(({ msg_key: key }) => (key === null ? [] : [key]))),
    newIds: new Set(rows.flatMap(({ event_id: id }) => (id === null ? [] : [id]))),
  };
}
