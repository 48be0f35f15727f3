import type { LaneStore, PendingEvent } from '../outbox-store.js';
import type { PreparingClient } from '../postgres/preparing-client.js';
import type { Statement } from './statement.js';

// Pointers of the relay's shards. The limit is per shard, so that each is one short walk of the index; it is read from the
// floor unless pointers came back below it (another rewind), which the relay then adopts.
const pointersWhere = (excluded: string): string => `SELECT q.shard,q.id,q.event_id
FROM unnest($1::smallint[],$3::bigint[],$4::bigint[]) s(shard,floor,rw)
JOIN outbox_lease l ON l.shard=s.shard
CROSS JOIN LATERAL (SELECT * FROM outbox_pending q
   WHERE q.shard=s.shard AND q.id>=CASE WHEN l.rewind=s.rw THEN s.floor ELSE 0 END${excluded} ORDER BY q.id LIMIT $2) q`;

// One snapshot for all of it. First a row without an id, about the page: how many pointers there are, each shard's
// rewind, and the oldest transaction in progress. Then the events in the order of their ids.
//
// Events are looked up by one sorted list of their ids, between its first and its last: joined pointer by pointer, each
// would choose its day and go down an index, and be a third of all that a page costs. An event has the shard and the id
// of its pointer. What state a key is in is looked up only where a key of these shards has failed.
//
// "ahead": a page of large events ends early, but never before its first; the cut is in id order, so it turns nothing
// around. No event type: what is not needed is not decoded 100,000 times a second.
const pageWhere = (
  excluded: string,
): string => `WITH i AS MATERIALIZED (SELECT array_agg(event_id ORDER BY event_id) AS ids,count(*)::int AS n FROM (${pointersWhere(excluded)}) p)
SELECT NULL::bigint AS id,n AS shard,NULL::uuid AS event_id,
  (SELECT string_agg(l.shard||' '||l.rewind,',') FROM outbox_lease l WHERE l.shard=ANY($1)) AS msg_key,
  pg_snapshot_xmin(pg_current_snapshot())::text AS topic,NULL AS payload,NULL AS headers,NULL::boolean AS parked,NULL::int AS attempt_count FROM i
UNION ALL SELECT id,shard,event_id,msg_key,topic,payload,headers,parked,attempt_count FROM (
SELECT e.event_id,e.shard,e.id,e.msg_key,e.topic,e.payload,e.headers,k.parked,k.attempt_count,
  sum(octet_length(e.payload)) OVER (ORDER BY e.id ROWS UNBOUNDED PRECEDING)-octet_length(e.payload) AS ahead
FROM outbox_event e
LEFT JOIN outbox_key_state k ON k.msg_key=e.msg_key AND
  k.shard=CASE WHEN (SELECT EXISTS (SELECT FROM outbox_key_state f WHERE f.shard=ANY($1))) THEN e.shard END
WHERE e.event_id=ANY((SELECT ids FROM i)::uuid[]) AND e.event_id>=(SELECT ids[1] FROM i) AND e.event_id<=(SELECT ids[n] FROM i)) r
WHERE ahead<$5 ORDER BY id NULLS FIRST`;

export const READ_PAGE = pageWhere('');

// The page after the one in flight, whose pointers are still there. They are excluded one by one (a hash of
// their ids, made once), and not by starting after them: a pointer that was committed late has a lower id, and a newer
// event of its key must not go out before it.
const READ_NEXT_PAGE = pageWhere(' AND q.id NOT IN (SELECT unnest($6::bigint[]))');

// Pointers without their event: they are counted and reported, not hidden.
const orphansWhere = (excluded: string): string =>
  `SELECT p.id,p.shard,p.event_id FROM (${pointersWhere(excluded)}) p LEFT JOIN outbox_event e ON e.event_id=p.event_id WHERE e.event_id IS NULL`;
const READ_ORPHANS = orphansWhere('');
const READ_NEXT_ORPHANS = orphansWhere(' AND q.id NOT IN (SELECT unnest($5::bigint[]))');

/** As PostgreSQL writes them. */
type Summary = [id: null, pointers: string, eventId: null, rewinds: string | null, xmin: string, ...none: null[]];
type Row = [
  id: string,
  shard: string,
  eventId: string,
  key: string,
  topic: string,
  payload: string,
  headers: string,
  parked: string | null,
  attempts: string | null,
];
type Orphan = [id: string, shard: string, eventId: string];

export const readPage: Statement<LaneStore['readPage'], PreparingClient> = async (client, ...asked) =>
  (await readPageAndXmin(client, ...asked)).events;

export const readPageAndXmin: Statement<LaneStore['readPageAndXmin'], PreparingClient> = async (client, ...asked) => {
  const [leases, perShard, maxBytes, excludedIds] = asked;
  const pointers = [
    leases.map(({ shard }) => shard),
    perShard,
    leases.map(({ floor }) => floor),
    leases.map(({ rewind }) => rewind),
  ];
  const more = excludedIds.length === 0 ? [] : [`{${excludedIds.join(',')}}`];
  const [summary, ...rows] = (await client.rows<Summary | Row>(excludedIds.length > 0 ? READ_NEXT_PAGE : READ_PAGE, [
    ...pointers,
    maxBytes,
    ...more,
  ])) as [Summary, ...Row[]];
  const [, expected, , rewinds, xmin] = summary;
  const rewindOf = new Map(rewinds?.split(',').map((text) => text.split(' ') as [shard: string, rewind: string]));
  const events = rows.map((row) => eventOf(row, rewindOf));
  // one more would be there, had it not been cut off for its size, or without an event
  if (events.length === Number(expected) || bytesOf(rows) >= maxBytes) return { events, xmin };
  const orphans = await client.rows<Orphan>(excludedIds.length > 0 ? READ_NEXT_ORPHANS : READ_ORPHANS, [
    ...pointers,
    ...more,
  ]);
  const all = [...events, ...orphans.map((orphan) => orphanOf(orphan, rewindOf))];
  return { events: all.sort((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1)), xmin };
};

function eventOf(
  [id, shard, eventId, key, topic, payload, headers, parked, attempts]: Row,
  rewindOf: ReadonlyMap<string, string>,
): PendingEvent {
  return {
    shard: Number(shard),
    id,
    eventId,
    rewind: rewindOf.get(shard) ?? '0',
    key,
    topic,
    payload,
    headers,
    parked: parked === 't',
    attempts: attempts === null ? null : Number(attempts),
  };
}

function orphanOf([id, shard, eventId]: Orphan, rewindOf: ReadonlyMap<string, string>): PendingEvent {
  const rewind = rewindOf.get(shard) ?? '0';
  return {
    shard: Number(shard),
    id,
    eventId,
    rewind,
    key: null,
    topic: '',
    payload: '',
    headers: '',
    parked: false,
    attempts: null,
  };
}

/** Of their payloads, as PostgreSQL counts them. */
function bytesOf(rows: readonly Row[]): number {
  return rows.reduce((sum, [, , , , , payload]) => sum + Buffer.byteLength(payload), 0);
}
