/** A key that is set aside, with all messages of it. */
export interface ParkedKey {
  readonly kind: 'key';
  readonly topic: string;
  readonly key: string;
  /** messages set aside; 100,001 = more than 100,000 */
  readonly events: number;
  /** tries so far */
  readonly attempts: number;
  /** when it is tried again by itself; null = it waits for a person */
  readonly nextAttemptAt: Date | null;
  /** why the last try failed */
  readonly reason: string;
  /** when its first message was set aside; null when none is left */
  readonly parkedAt: Date | null;
}

/** A message that is set aside, by its place in the topic. */
export interface ParkedMessage {
  readonly kind: 'message';
  readonly topic: string;
  readonly partition: number;
  /** below 0: of a topic that was deleted and made anew since */
  readonly offset: bigint;
  /** the key it is parked under; null = it has none and is parked by itself */
  readonly key: string | null;
  /** null: it cannot be read */
  readonly eventId: string | null;
  readonly reason: string;
  readonly parkedAt: Date;
  /** tries so far of a message without a key; the count of one that has a key is the key's */
  readonly attempts: number;
  /** bytes of the value; null when there is none */
  readonly size: number | null;
}

/** A parked message with what was in it. */
export interface ParkedContent extends ParkedMessage {
  readonly rawKey: Uint8Array | null;
  /** shorter than `size` where only its beginning was asked for */
  readonly rawValue: Uint8Array | null;
  readonly headers: readonly (readonly [name: string, value: Uint8Array])[];
}

/** Where a message stands. */
export interface MessagePlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** Where a page of the list ended: a key, or a message without one; keys come before messages. */
export type ParkedPlace = { readonly topic: string; readonly key: string } | MessagePlace;
