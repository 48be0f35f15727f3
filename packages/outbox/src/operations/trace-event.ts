import type { SqlClient } from '@outrider/common';
import { OutboxError } from '../errors.js';
import { partitionOf } from '../partition-of.js';
import { readTrace, type TraceRow } from '../statements/trace-event.js';
import { isUuid } from './arguments.js';

/** What the log and the pointers say of one event. */
export interface EventTrace {
  readonly eventId: string;
  /** its place in the order, as text */
  readonly id: string;
  readonly key: string;
  readonly topic: string;
  readonly type: string;
  readonly payload: string;
  /** JSON object, name to text */
  readonly headers: string;
  readonly createdAt: Date;
  readonly shard: number;
  /** where in the topic it goes, or went; null when the topic's partitions were not told */
  readonly partition: number | null;
  readonly status: TraceRow['status'];
  /** of PROCESSING: the relay that holds its shard, and until when */
  readonly lockedBy: string | null;
  readonly lockedUntil: Date | null;
  /** of its key; null once it is sent or given up */
  readonly attempts: number | null;
  readonly nextAttemptAt: Date | null;
  /** why its key was refused the last time */
  readonly reason: string | null;
  readonly discarded: { readonly reason: string; readonly by: string; readonly at: Date } | null;
}

/**
 * Where an event is, whatever the size of the history: one partition of the log is read.
 *
 * @param partitionsOf how many partitions a topic has, if that is known
 * @throws OutboxError OUTBOX_EVENT_UNKNOWN: never written, rolled back, or older than what the log keeps
 */
export async function traceEvent(
  client: SqlClient,
  eventId: string,
  partitionsOf: (topic: string) => number | undefined | Promise<number | undefined> = () => undefined,
): Promise<EventTrace> {
  const row = isUuid(eventId) ? await readTrace(client, eventId) : undefined;
  if (row === undefined)
    throw new OutboxError('OUTBOX_EVENT_UNKNOWN', `the log has no event ${JSON.stringify(eventId)}`);
  const partitions = await partitionsOf(row.topic);
  const { discard_reason: reason, discarded_by: by, discarded_at: at } = row;
  return {
    eventId: row.event_id,
    id: row.id,
    key: row.msg_key,
    topic: row.topic,
    type: row.event_type,
    payload: row.payload,
    headers: row.headers,
    createdAt: new Date(row.created_at),
    shard: row.shard,
    partition: partitions === undefined || partitions < 1 ? null : partitionOf(row.msg_key, partitions),
    status: row.status,
    lockedBy: row.locked_by,
    lockedUntil: dateOf(row.locked_until),
    attempts: row.attempt_count,
    nextAttemptAt: dateOf(row.next_attempt_at),
    reason: row.status === 'RETRYING' || row.status === 'PARKED' ? row.last_error : null,
    discarded: reason === null || by === null || at === null ? null : { reason, by, at: new Date(at) },
  };
}

function dateOf(time: Date | null): Date | null {
  return time === null ? null : new Date(time);
}
