import type { SqlClient } from '@outrider/common';
import { OutboxError } from './errors.js';
import { eventBytes } from './event-bytes.js';
import type { OutboxEvent } from './ports.js';
import { shardOf } from './shard-of.js';
import { insertEvents } from './statements/insert-events.js';

/** Below the broker's default limit: 1,048,588, before Kafka 2.4 1,000,012. */
const MAX_EVENT_BYTES = 1_000_000;

export interface AppendOptions {
  /**
   * The largest event, in bytes as the broker counts them: key, headers and payload in UTF-8 with their framing. Default
   * 1,000,000; at most the topics' max.message.bytes.
   */
  readonly maxEventBytes?: number;
}

/**
 * Writes events in their business transaction: they are published if, and only if, it commits. Events of one key are
 * published in the order given here and, between transactions, in the order of commits, provided that the row which the
 * key stands for is locked before this is called. One statement, whatever the number of events; none for no events.
 *
 * @throws OutboxError OUTBOX_EVENT_TOO_LARGE, OUTBOX_EVENT_INVALID before anything is written
 * @throws the database's check violation when an id is not a UUIDv7 or its time is more than an hour off
 */
export async function appendEvents(
  tx: SqlClient,
  events: readonly OutboxEvent[],
  options: AppendOptions = {},
): Promise<void> {
  if (events.length === 0) return;
  const { maxEventBytes = MAX_EVENT_BYTES } = options;
  await insertEvents(
    tx,
    events.map((event) => {
      refuseUnstorable(event, maxEventBytes);
      return { ...event, shard: shardOf(event.key) };
    }),
  );
}

function refuseUnstorable(event: OutboxEvent, maxEventBytes: number): void {
  const { eventId, key, topic, type, payload, headers = {} } = event;
  // PostgreSQL's text cannot hold NUL; a lone surrogate would be replaced silently on the way.
  for (const [name, text] of Object.entries({ key, topic, type, payload })) {
    if (!isText(text) || text.includes('\0')) {
      throw new OutboxError('OUTBOX_EVENT_INVALID', `event ${eventId}: its ${name} is not text that can be stored`);
    }
  }
  // stored as JSON, which escapes both; but a lone surrogate cannot be sent as UTF-8
  if (!Object.entries(headers).every((entry) => entry.every(isText))) {
    throw new OutboxError('OUTBOX_EVENT_INVALID', `event ${eventId}: its headers are not text that can be sent`);
  }
  const bytes = eventBytes(event);
  if (bytes > maxEventBytes) {
    throw new OutboxError(
      'OUTBOX_EVENT_TOO_LARGE',
      `event ${eventId} (${type}) has ${bytes} bytes with its key and headers, more than ${maxEventBytes}`,
    );
  }
}

/** Callers in JavaScript may pass anything. */
function isText(value: unknown): boolean {
  return typeof value === 'string' && value.isWellFormed();
}
