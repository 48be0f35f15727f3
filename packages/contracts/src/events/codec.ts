import { newId } from '../ids.js';
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

/** The version written into new events; readers ignore fields they do not know. */
const SCHEMA_VERSION = 1;

/** An event for the outbox: `payload` is the whole value of the Kafka record. */
export interface EncodedEvent {
  readonly eventId: string;
  readonly key: string;
  readonly topic: Topic;
  readonly type: string;
  readonly payload: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The sender: `source`, a service's name, goes into ce_source; `version` is its running version. */
export interface EventSource {
  readonly source: string;
  readonly version: string;
}

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
  now: Date = new Date(),
): EncodedEvent {
  const eventId = newId();
  const occurredAt = now.toISOString();
  const value = EVENT_SCHEMAS[topic].parse({
    eventId,
    outboxId: eventId,
    [TOPICS[topic].keyField]: key,
    eventType,
    schemaVersion: SCHEMA_VERSION,
    occurredAt,
    payload,
  });
  return {
    eventId,
    key,
    topic,
    type: eventType,
    payload: JSON.stringify(value),
    headers: {
      ce_id: eventId,
      ce_type: eventType,
      ce_source: `/outrider/${from.source}`,
      ce_specversion: '1.0',
      ce_time: occurredAt,
      'content-type': 'application/json',
      'app-version': from.version,
    },
  };
}

/** A message's event, or in one line why it cannot be read. */
export type Decoded<E> = { readonly ok: true; readonly event: E } | { readonly ok: false; readonly reason: string };

const MAX_REASON = 500;

/** A larger value is refused without parsing it; the outbox never sends one. */
export const MAX_EVENT_BYTES = 2_097_152;

/** Reads a message of a topic. Never throws; a type that is not listed is refused by its name. */
export function decodeEvent<T extends Topic>(topic: T, value: Uint8Array | null): Decoded<EventOf<T>> {
  if (value === null) return { ok: false, reason: 'no value' };
  if (value.byteLength > MAX_EVENT_BYTES) return { ok: false, reason: `too large: ${value.byteLength} bytes` };
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(value));
  } catch (error) {
    return { ok: false, reason: clip(`not JSON: ${messageOf(error)}`) };
  }
  const eventType =
    typeof parsed === 'object' && parsed !== null && 'eventType' in parsed ? parsed.eventType : undefined;
  if (typeof eventType !== 'string' || !EVENT_TYPES[topic].has(eventType)) {
    return { ok: false, reason: clip(`type not listed for ${topic}: ${nameOf(eventType)}`) };
  }
  const result = EVENT_SCHEMAS[topic].safeParse(parsed);
  if (result.success) return { ok: true, event: result.data as EventOf<T> };
  const issue = result.error.issues[0];
  return { ok: false, reason: clip(`${eventType}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`) };
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}

/** What is in place of a type's name. Never the value itself when it is no string: it may be nested without end. */
function nameOf(eventType: unknown): string {
  if (eventType === undefined) return 'none';
  return typeof eventType === 'string' ? JSON.stringify(eventType.slice(0, MAX_REASON)) : `(${typeof eventType})`;
}

/** One line that PostgreSQL can store: the JSON parser's messages quote their input, NULs included. */
function clip(text: string): string {
  const line = text.toWellFormed().replaceAll(/\p{Cc}/gu, '�');
  return line.length > MAX_REASON ? `${line.slice(0, MAX_REASON - 1).toWellFormed()}…` : line;
}
