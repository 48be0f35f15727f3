import type { SqlClient } from '@outrider/common';
import { OutboxError } from './errors.js';
import { eventBytes } from './event-bytes.js';
import type { OutboxEvent } from './ports.js';
import { shardOf } from './shard-of.js';
import { insertEvents } from './statements/insert-events.js';

/** Below what a broker takes by default: 1,048,588, before Kafka 2.4 1,000,012. */
const MAX_EVENT_BYTES = 1_000_000;

export interface AppendOptions {
  /**
   * Largest event, in bytes as the broker counts them: key, headers and payload in UTF-8 with the frame around them.
   * 1,000,000 unless told; no more than the topics' max.message.bytes.
   */
  readonly maxEventBytes?: number;
}

/**
 * Writes events with their business transaction: they go out if, and only if, it commits; those of one key in the
 * order given here and, between transactions, in the order of commits, provided that the row lock of what the key
 * stands for is held by now. One statement, whatever the number of events; none for no events.
 *
 * @throws OutboxError OUTBOX_EVENT_TOO_LARGE, OUTBOX_EVENT_INVALID before anything is written
 * @throws the database's check violation when an id is no UUIDv7 or its time more than an hour off
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
      const { eventId, key, topic, type, payload } = event;
      const headers = JSON.stringify(event.headers ?? {});
      refuseUnstorable(event, maxEventBytes);
      return { eventId, shard: shardOf(key), key, topic, type, payload, headers };
    }),
  );
}

function refuseUnstorable(event: OutboxEvent, maxEventBytes: number): void {
  const { eventId, key, topic, type, payload, headers = {} } = event;
  // PostgreSQL's text holds everything but NUL; a lone surrogate would be replaced on the way without a word.
  for (const [name, text] of Object.entries({ key, topic, type, payload })) {
    if (!isText(text) || text.includes('\0')) {
      throw new OutboxError('OUTBOX_EVENT_INVALID', `event ${eventId}: its ${name} is not text that can be stored`);
    }
  }
  // stored as JSON, which escapes both; but a lone surrogate has no bytes to be sent as
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

/** Callers without types give numbers, too. */
function isText(value: unknown): boolean {
  return typeof value === 'string' && value.isWellFormed();
}
