import type { SqlClient } from '@outrider/common';
import { OutboxError } from '../errors.js';
import { partitionOf } from '../partition-of.js';
import { readTrace, type TraceRow } from '../statements/trace-event.js';
import { isUuid } from './arguments.js';

/** One event and what became of it. */
export interface EventTrace {
  readonly eventId: string;
  /** events of a key are sent in the order of their ids */
  readonly id: string;
  readonly key: string;
  readonly topic: string;
  readonly type: string;
  readonly payload: string;
  /** as stored: a JSON object of names and texts */
  readonly headers: string;
  readonly createdAt: Date;
  readonly shard: number;
  /** where it is, or will be, published; null when the topic's number of partitions is not known */
  readonly partition: number | null;
  readonly status: TraceRow['status'];
  /** when PROCESSING: the relay that holds its shard, and until when */
  readonly lockedBy: string | null;
  readonly lockedUntil: Date | null;
  /** of its key; null once it is published or discarded */
  readonly attempts: number | null;
  readonly nextAttemptAt: Date | null;
  /** why its key was last refused */
  readonly reason: string | null;
  readonly discarded: { readonly reason: string; readonly by: string; readonly at: Date } | null;
}

/**
 * Finds an event. Its cost does not depend on the size of the log: one partition of it is read.
 *
 * @param partitionsOf how many partitions a topic has, if that is known
 * @throws OutboxError OUTBOX_EVENT_UNKNOWN: never written, rolled back, or dropped with its day
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
