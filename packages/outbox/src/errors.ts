export type OutboxErrorCode =
  /** An event is, with its key and headers, larger than the limit; nothing of the call was written. */
  | 'OUTBOX_EVENT_TOO_LARGE'
  /** An event cannot be stored as it is; nothing of the call was written. */
  | 'OUTBOX_EVENT_INVALID'
  /** The relay was started twice, or after it was stopped. */
  | 'OUTBOX_RELAY_STARTED'
  /** An argument is malformed or out of range. */
  | 'OUTBOX_INVALID_ARGUMENT'
  /** The key is not parked. */
  | 'OUTBOX_KEY_NOT_PARKED'
  /** The log has no such event or, where it is to be discarded, it is not parked under that key. */
  | 'OUTBOX_EVENT_UNKNOWN'
  /** There is no such replay. */
  | 'OUTBOX_REPLAY_UNKNOWN'
  /** The replay is in a state from which that is not possible. */
  | 'OUTBOX_REPLAY_OVER'
  /** Everything in the range was written before the horizon: consumers may have forgotten its ids. */
  | 'OUTBOX_REPLAY_TOO_OLD'
  /** The database is behind a transaction pooler that does not keep prepared statements. */
  | 'OUTBOX_POOLER_FORGETS';

/** A wrong use of the outbox. */
export class OutboxError extends Error {
  override readonly name = 'OutboxError';
  constructor(
    readonly code: OutboxErrorCode,
    message: string,
  ) {
    super(message);
  }
}
