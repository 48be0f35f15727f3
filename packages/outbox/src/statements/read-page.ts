import type { LaneStore, PendingEvent, StoredLease } from '../outbox-store.js';
import type { PreparingClient } from '../postgres/preparing-client.js';
import type { Statement } from './statement.js';

// Pointers of the relay's shards in id order, joined to the log by key. The limit is per shard, so that each is one
// short walk of the index; it is read from the floor unless pointers came back below it (another rewind), which the
// relay then adopts. LEFT JOIN: a pointer without its event (key null) is counted and reported, not hidden.
// "ahead": a page of large events ends early, but never before its first; the cut is in id order, so it turns nothing
// around. No event type, no xmin: what is not needed is not decoded 60,000 times a second.
const pageWhere = (
  excluded: string,
): string => `SELECT shard,id,event_id,rewind,msg_key,topic,payload,headers,parked,attempt_count FROM (
SELECT p.shard,p.id,p.event_id,p.rewind,e.msg_key,e.topic,e.payload,e.headers,coalesce(k.parked,false) AS parked,k.attempt_count,
  sum(octet_length(e.payload)) OVER (ORDER BY p.id ROWS UNBOUNDED PRECEDING)-octet_length(e.payload) AS ahead
FROM unnest($1::smallint[],$3::bigint[],$4::bigint[]) s(shard,floor,rw)
CROSS JOIN LATERAL (SELECT q.shard,q.id,q.event_id,l.rewind FROM outbox_lease l JOIN LATERAL (SELECT * FROM outbox_pending q
   WHERE q.shard=s.shard AND q.id>=CASE WHEN l.rewind=s.rw THEN s.floor ELSE 0 END${excluded} ORDER BY q.id LIMIT $2) q ON true WHERE l.shard=s.shard) p
LEFT JOIN outbox_event e ON e.event_id=p.event_id
LEFT JOIN outbox_key_state k ON k.shard=e.shard AND k.msg_key=e.msg_key) r WHERE ahead IS NULL OR ahead<$5 ORDER BY id`;

export const READ_PAGE = pageWhere('');

// The page after the one in flight, whose pointers are still there. They are excluded one by one (a hash of
// their ids, made once), and not by starting after them: a pointer that was committed late has a lower id, and a newer
// event of its key must not go out before it.
export const READ_NEXT_PAGE = pageWhere(' AND q.id NOT IN (SELECT unnest($6::bigint[]))');

// With the oldest transaction in progress, in the same snapshot: one row at least, for it.
const withXmin = (page: string): string =>
  `SELECT h.xmin,r.* FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin) h LEFT JOIN (${page}) r ON true ORDER BY r.id`;
const READ_PAGE_AND_XMIN = withXmin(READ_PAGE);
const READ_NEXT_PAGE_AND_XMIN = withXmin(READ_NEXT_PAGE);

/** As PostgreSQL writes them. */
type Row = [
  shard: string,
  id: string,
  eventId: string,
  rewind: string,
  key: string | null,
  topic: string,
  payload: string,
  headers: string,
  parked: string,
  attempts: string | null,
];

export const readPage: Statement<LaneStore['readPage'], PreparingClient> = async (client, ...asked) => {
  const [excluding, values] = parametersOf(...asked);
  return (await client.rows<Row>(excluding ? READ_NEXT_PAGE : READ_PAGE, values)).map(eventOf);
};

export const readPageAndXmin: Statement<LaneStore['readPageAndXmin'], PreparingClient> = async (client, ...asked) => {
  const [excluding, values] = parametersOf(...asked);
  const rows = await client.rows<[xmin: string, ...Row] | [xmin: string, null]>(
    excluding ? READ_NEXT_PAGE_AND_XMIN : READ_PAGE_AND_XMIN,
    values,
  );
  const events = rows.flatMap(([, ...row]) => (row[0] === null ? [] : [eventOf(row)]));
  return { events, xmin: rows[0]?.[0] ?? '0' };
};

function parametersOf(
  leases: readonly StoredLease[],
  perShard: number,
  maxBytes: number,
  excludedIds: readonly string[],
): [excluding: boolean, values: unknown[]] {
  const values = [
    leases.map(({ shard }) => shard),
    perShard,
    leases.map(({ floor }) => floor),
    leases.map(({ rewind }) => rewind),
    maxBytes,
  ];
  return excludedIds.length === 0 ? [false, values] : [true, [...values, `{${excludedIds.join(',')}}`]];
}

function eventOf([shard, id, eventId, rewind, key, topic, payload, headers, parked, attempts]: Row): PendingEvent {
  return {
    shard: Number(shard),
    id,
    eventId,
    rewind,
    key,
    topic,
    payload,
    headers,
    parked: parked === 't',
    attempts: attempts === null ? null : Number(attempts),
  };
}
