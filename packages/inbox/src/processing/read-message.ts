import { createHash } from 'node:crypto';
import { errorText, storableText } from '@outrider/common';
import type { Decoded, InboxMessage, RawMessage, Subscription } from '../subscription.js';
import { readText } from './read-text.js';

/** A message that was read: with its event, or with the reason why it has none. */
export type ReadMessage =
  | {
      readonly kind: 'readable';
      readonly raw: RawMessage;
      readonly key: string | null;
      readonly message: InboxMessage<unknown>;
    }
  | { readonly kind: 'unreadable'; readonly raw: RawMessage; readonly key: string | null; readonly reason: string };

export type ReadableMessage = Extract<ReadMessage, { kind: 'readable' }>;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** A key is part of an index; PostgreSQL refuses index rows above 2,704 bytes. */
const LONGEST_KEY = 500;

/** Reads a message. Never throws, whatever it holds. */
export function readMessage(decode: Subscription<unknown, never>['decode'], raw: RawMessage): ReadMessage {
  const key = keyText(raw.key);
  const decoded = safely(decode, raw.value);
  if (!decoded.ok) return { kind: 'unreadable', raw, key, reason: storableText(decoded.reason) };
  const eventId = decoded.eventId.toLowerCase();
  if (!UUID.test(eventId)) {
    return { kind: 'unreadable', raw, key, reason: storableText(`the event id is not a UUID: ${decoded.eventId}`) };
  }
  return { kind: 'readable', raw, key, message: { event: decoded.event, eventId, key: key ?? '', raw } };
}

/**
 * The text under which a key is parked: UTF-8 where the bytes are; `\x` and hex where they are not or hold a NUL,
 * which PostgreSQL's text cannot; `\sha256:` and the hash where the key is longer than an index takes. The bytes
 * are stored as well.
 */
export function keyText(key: Uint8Array | null): string | null {
  if (key === null) return null;
  if (key.length > LONGEST_KEY) return `\\sha256:${createHash('sha256').update(key).digest('hex')}`;
  const text = readText(key);
  return text === undefined || text.includes('\0') ? `\\x${Buffer.from(key).toString('hex')}` : text;
}

/** By its contract decode never throws; a message that makes it throw (too deep a nesting, say) is unreadable too. */
function safely(decode: (value: Uint8Array | null) => Decoded<unknown>, value: Uint8Array | null): Decoded<unknown> {
  try {
    return decode(value);
  } catch (error) {
    return { ok: false, reason: `reading failed: ${errorText(error)}` };
  }
}
