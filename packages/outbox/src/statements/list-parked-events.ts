import { selectList, type SqlClient } from '@outrider/common';

// "ahead": a page of large events ends early, but never before its first.
const SQL = `SELECT ${selectList<ParkedEventRow>({
  id: 'r.id::text',
  event_id: 'event_id',
  topic: 'topic',
  event_type: 'event_type',
  payload: 'payload',
  headers: 'headers',
  created_at: 'created_at',
})} FROM (
SELECT q.id,q.event_id,e.topic,e.event_type,e.payload,e.headers,e.created_at,
  sum(octet_length(e.payload)) OVER (ORDER BY q.id ROWS UNBOUNDED PRECEDING)-octet_length(e.payload) AS ahead
FROM (SELECT * FROM outbox_parked WHERE shard=$1 AND msg_key=$2 AND id>$3::bigint ORDER BY id LIMIT $4) q
LEFT JOIN outbox_event e ON e.event_id=q.event_id) r WHERE ahead IS NULL OR ahead<$5 ORDER BY r.id`;

export interface ParkedEventRow {
  readonly id: string;
  readonly event_id: string;
  readonly topic: string | null;
  readonly event_type: string | null;
  readonly payload: string | null;
  readonly headers: string | null;
  readonly created_at: Date | null;
}

/** @param after id of the last one of the previous page @param maxBytes of payload, beyond the first event's */
export async function listParkedEvents(
  client: SqlClient,
  parked: { readonly shard: number; readonly key: string },
  after: string,
  limit: number,
  maxBytes: number,
): Promise<ParkedEventRow[]> {
  return (await client.query<ParkedEventRow>(SQL, [parked.shard, parked.key, after, limit, maxBytes])).rows;
}
