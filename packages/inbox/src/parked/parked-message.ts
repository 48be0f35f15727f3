import type { Position } from '../event-consumer.js';

/** A key with parked messages. It is RETRYING while `nextAttemptAt` is set, else PARKED: a dead letter. */
export interface ParkedKey {
  readonly kind: 'key';
  readonly topic: string;
  readonly key: string;
  /** parked messages of the key; 100,001 = more than 100,000 */
  readonly events: number;
  /** attempts so far */
  readonly attempts: number;
  /** when it is tried again by itself; null = it waits for an operator */
  readonly nextAttemptAt: Date | null;
  /** why the last attempt failed */
  readonly reason: string;
  /** when its first message was parked; null when none is left */
  readonly parkedAt: Date | null;
}

/** A parked message; its offset is below 0 when it is of a topic that was deleted and created again since. */
export interface ParkedMessage extends Position {
  readonly kind: 'message';
  /** the key it is parked under; null = it has none and is parked by itself */
  readonly key: string | null;
  /** null: it cannot be read */
  readonly eventId: string | null;
  readonly reason: string;
  readonly parkedAt: Date;
  /** attempts so far of a message without a key; those of one with a key are counted for the key */
  readonly attempts: number;
  /** bytes of the value; null when there is none */
  readonly size: number | null;
}

/** A parked message with its content. */
export interface ParkedContent extends ParkedMessage {
  readonly rawKey: Uint8Array | null;
  /** shorter than `size` where only its beginning was asked for */
  readonly rawValue: Uint8Array | null;
  readonly headers: readonly (readonly [name: string, value: Uint8Array])[];
}

/** Where a page of the list ended: at a key, or at a message without one; keys come before messages. */
export type ParkedCursor = { readonly topic: string; readonly key: string } | Position;
