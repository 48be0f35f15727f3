import { decodeAs, encodeAs, type Decoded, type EncodedEvent, type EventSource } from './envelope.js';
import {
  EVENT_SCHEMAS,
  EVENT_TYPES,
  isSent,
  type EventOf,
  type EventTypeOf,
  type PayloadOf,
  type SentTypeOf,
} from './index.js';
import { TOPICS, type Topic } from '../topics.js';

export { MAX_EVENT_BYTES, type Decoded, type EncodedEvent, type EventSource } from './envelope.js';

/**
 * Makes an event with a new id, which stays the same through every retry and replay.
 * @throws ZodError when the payload breaks the contract, TypeError when the type is `unsent`: bugs of the caller.
 */
export function encodeEvent<T extends Topic, N extends SentTypeOf<T>>(
  from: EventSource,
  topic: T,
  eventType: N,
  key: string,
  payload: PayloadOf<T, N>,
  now?: Date,
): EncodedEvent {
  if (EVENT_TYPES[topic].has(eventType) && !isSent(topic, eventType)) {
    throw new TypeError(`${eventType} of ${topic} is unsent: it can be read, and may not be sent`);
  }
  return encodeUnsent(from, topic, eventType, key, payload, now);
}

/** As encodeEvent, also for unsent types: to test their readers. */
export function encodeUnsent<T extends Topic, N extends EventTypeOf<T>>(
  from: EventSource,
  topic: T,
  eventType: N,
  key: string,
  payload: PayloadOf<T, N>,
  now?: Date,
): EncodedEvent {
  const { keyField } = TOPICS[topic];
  return encodeAs({ name: topic, keyField, schema: EVENT_SCHEMAS[topic] }, from, eventType, key, payload, now);
}

/** Reads a message of a topic. Never throws; a type that is not listed is refused by its name. */
export function decodeEvent<T extends Topic>(topic: T, value: Uint8Array | null): Decoded<EventOf<T>> {
  return decodeAs(topic, (type) => (EVENT_TYPES[topic].has(type) ? EVENT_SCHEMAS[topic] : undefined), value);
}
