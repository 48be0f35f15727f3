/** A message as the broker holds it. `topic` is the logical name, without any installation's prefix. */
export interface RawMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** When it was written, as the log has it, in milliseconds since 1970; left out of a parked message. */
  readonly timeMs?: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** Kafka repeats names and holds bytes. */
  readonly headers: readonly (readonly [name: string, value: Uint8Array])[];
}

/** The result of reading a message; `reason` says in one line why it cannot be read. */
export type Decoded<E> =
  | { readonly ok: true; readonly eventId: string; readonly event: E }
  | { readonly ok: false; readonly reason: string };

/** A message that could be read. */
export interface InboxMessage<E> {
  readonly event: E;
  readonly eventId: string;
  readonly key: string;
  readonly raw: RawMessage;
}

/** Runs after the batch's transaction has committed and before the next batch of the partition is handled. */
export type AfterCommit = () => Promise<void>;

/** What a consumer does with one topic. `Tx` is the application's type of a transaction. */
export interface Subscription<E, Tx> {
  readonly topic: string;
  /** Reads a value; never throws. */
  decode(value: Uint8Array | null): Decoded<E>;
  /**
   * Applies a batch inside its transaction, each event once. `messages` are new, in the order of the partition (so in
   * order per key); `seen` were handled before and must have no effect. May work set-wise. Throws TransientError (or any
   * connection, deadlock or serialisation error) to defer the batch; on anything else it is split by key until the
   * message that fails is found.
   */
  handle(tx: Tx, messages: readonly InboxMessage<E>[], seen: readonly InboxMessage<E>[]): Promise<AfterCommit | void>;
}
