import { selectList, type SqlClient } from '@outrider/common';

// By the log's primary key, which is its partition key too: one partition is read, whatever the history.
const SQL = `SELECT ${selectList<TraceRow>({
  id: 's.id::text',
  event_id: 's.outbox_id',
  event_type: 's.event_type',
  msg_key: 's.msg_key',
  topic: 's.topic',
  shard: 's.shard',
  status: 's.status',
  locked_by: 's.locked_by',
  locked_until: 's.locked_until',
  attempt_count: 's.attempt_count',
  next_attempt_at: 's.next_attempt_at',
  created_at: 's.created_at',
  payload: 'e.payload',
  headers: 'e.headers',
  last_error: 'k.last_error',
  discard_reason: 'd.reason',
  discarded_by: 'd.discarded_by',
  discarded_at: 'd.discarded_at',
})}
FROM outbox_status s JOIN outbox_event e ON e.event_id=s.outbox_id
LEFT JOIN outbox_key_state k ON k.shard=s.shard AND k.msg_key=s.msg_key
LEFT JOIN outbox_discarded d ON d.event_id=s.outbox_id
WHERE s.outbox_id=$1`;

export interface TraceRow {
  readonly id: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly msg_key: string;
  readonly topic: string;
  readonly shard: number;
  readonly status: 'PENDING' | 'PROCESSING' | 'RETRYING' | 'PARKED' | 'DISCARDED' | 'PUBLISHED';
  readonly locked_by: string | null;
  readonly locked_until: Date | null;
  readonly attempt_count: number | null;
  readonly next_attempt_at: Date | null;
  readonly created_at: Date;
  readonly payload: string;
  readonly headers: string;
  readonly last_error: string | null;
  readonly discard_reason: string | null;
  readonly discarded_by: string | null;
  readonly discarded_at: Date | null;
}

export async function readTrace(client: SqlClient, eventId: string): Promise<TraceRow | undefined> {
  return (await client.query<TraceRow>(SQL, [eventId])).rows[0];
}
