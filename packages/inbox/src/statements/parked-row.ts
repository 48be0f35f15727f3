import type { Selected } from '@outrider/common';
import type { ParkedMessage } from '../parked/parked-message.js';

/** What inbox_parked says of a message, but for its content. */
export interface ParkedRow {
  readonly topic: string;
  readonly partition: number;
  readonly at: string;
  readonly msg_key: string | null;
  readonly event_id: string | null;
  readonly reason: string;
  readonly attempt_count: number;
  readonly parked_ms: number;
  readonly size: number | null;
}

/** How it is selected from inbox_parked p. */
export const PARKED: Selected<ParkedRow> = {
  topic: 'p.topic',
  partition: 'p.partition',
  at: 'p."offset"::text',
  msg_key: 'p.msg_key',
  event_id: 'p.event_id::text',
  reason: 'p.reason',
  attempt_count: 'p.attempt_count',
  parked_ms: '(extract(epoch FROM p.parked_at)*1000)::float8',
  size: 'octet_length(p.raw_value)',
};

export function messageOf(row: ParkedRow): ParkedMessage {
  return {
    kind: 'message',
    topic: row.topic,
    partition: row.partition,
    offset: BigInt(row.at),
    key: row.msg_key,
    eventId: row.event_id,
    reason: row.reason,
    parkedAt: new Date(row.parked_ms),
    attempts: row.attempt_count,
    size: row.size,
  };
}
