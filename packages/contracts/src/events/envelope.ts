import type { z } from 'zod';
import { newId } from '../ids.js';

// What events of all topics have in common, the shop's own among them.

/** The version written into new events; readers ignore fields they do not know. */
const SCHEMA_VERSION = 1;

/** An event for the outbox: `payload` is the whole value of the Kafka record. */
export interface EncodedEvent {
  readonly eventId: string;
  readonly key: string;
  /** without an installation's prefix */
  readonly topic: string;
  readonly type: string;
  readonly payload: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The sender: `source`, a service's name, goes into ce_source; `version` is its running version. */
export interface EventSource {
  readonly source: string;
  readonly version: string;
}

/** An event of any topic that has the envelope. @throws ZodError when it is not what the schema says */
export function encodeAs(
  topic: { readonly name: string; readonly keyField: string; readonly schema: z.ZodType },
  from: EventSource,
  eventType: string,
  key: string,
  payload: unknown,
  now: Date = new Date(),
): EncodedEvent {
  const eventId = newId();
  const occurredAt = now.toISOString();
  const value = topic.schema.parse({
    eventId,
    outboxId: eventId,
    [topic.keyField]: key,
    eventType,
    schemaVersion: SCHEMA_VERSION,
    occurredAt,
    payload,
  });
  return {
    eventId,
    key,
    topic: topic.name,
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

/** Reads a message of any topic. Never throws. @param schemaOf what an event of a type must be; undefined: no such type */
export function decodeAs<E>(
  topic: string,
  schemaOf: (type: string) => z.ZodType | undefined,
  value: Uint8Array | null,
): Decoded<E> {
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
  const schema = typeof eventType === 'string' ? schemaOf(eventType) : undefined;
  if (schema === undefined) {
    return { ok: false, reason: clip(`type not listed for ${topic}: ${nameOf(eventType)}`) };
  }
  const result = schema.safeParse(parsed);
  // what the schema says is what the caller's type says
  if (result.success) return { ok: true, event: result.data as E };
  const issue = result.error.issues[0];
  return {
    ok: false,
    reason: clip(`${String(eventType)}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`),
  };
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
