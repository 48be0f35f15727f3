import { OutboxError } from './errors.js';
import type { OutboxEvent, SqlClient } from './ports.js';
import { shardOf } from './shard-of.js';
import { insertEvents } from './statements/insert-events.js';

/** Below the 1 MiB that a broker takes by default, with room for key, headers and the batch's own frame. */
const MAX_PAYLOAD_BYTES = 900_000;

export interface AppendOptions {
  /** Largest value of an event, in bytes of UTF-8; 900,000 unless told. */
  readonly maxPayloadBytes?: number;
}

/**
 * Writes events with their business transaction: they go out if, and only if, it commits; those of one key in the
 * order given here and, between transactions, in the order of commits, provided that the row lock of what the key
 * stands for is held by now. One statement, whatever the number of events; none for no events.
 *
 * @throws OutboxError OUTBOX_PAYLOAD_TOO_LARGE, OUTBOX_EVENT_INVALID before anything is written
 * @throws the database's check violation when an id is no UUIDv7 or its time more than an hour off
 */
export async function appendEvents(
  tx: SqlClient,
  events: readonly OutboxEvent[],
  options: AppendOptions = {},
): Promise<void> {
  if (events.length === 0) return;
  const { maxPayloadBytes = MAX_PAYLOAD_BYTES } = options;
  await insertEvents(
    tx,
    events.map((event) => {
      const { eventId, key, topic, type, payload } = event;
      const headers = JSON.stringify(event.headers ?? {});
      refuseUnstorable(event, maxPayloadBytes);
      return { eventId, shard: shardOf(key), key, topic, type, payload, headers };
    }),
  );
}

function refuseUnstorable({ eventId, key, topic, type, payload }: OutboxEvent, maxPayloadBytes: number): void {
  const bytes = Buffer.byteLength(payload, 'utf8');
  if (bytes > maxPayloadBytes) {
    throw new OutboxError(
      'OUTBOX_PAYLOAD_TOO_LARGE',
      `event ${eventId} (${type}) has ${bytes} bytes, more than ${maxPayloadBytes}`,
    );
  }
  // PostgreSQL's text holds everything but NUL; a lone surrogate would be replaced on the way without a word.
  for (const [name, text] of Object.entries({ key, topic, type, payload })) {
    if (text.includes('\0') || !text.isWellFormed()) {
      throw new OutboxError('OUTBOX_EVENT_INVALID', `event ${eventId}: its ${name} is not text that can be stored`);
    }
  }
}
