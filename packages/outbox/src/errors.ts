export type OutboxErrorCode =
  /** An event is, with its key and headers, larger than the limit; nothing of the call was written. */
  | 'OUTBOX_EVENT_TOO_LARGE'
  /** The event cannot be stored as it is; nothing of the call was written. */
  | 'OUTBOX_EVENT_INVALID'
  /** The relay was started twice, or after it was stopped. */
  | 'OUTBOX_RELAY_STARTED'
  /** What was asked for is not well-formed: an empty reason, a limit out of range, a time range that ends before it begins. */
  | 'OUTBOX_INVALID_ARGUMENT'
  /** Nothing of the key is set aside. */
  | 'OUTBOX_KEY_NOT_PARKED'
  /** The log has no such event, or, where it is to be discarded, it is not set aside under that key. */
  | 'OUTBOX_EVENT_UNKNOWN'
  /** There is no such replay. */
  | 'OUTBOX_REPLAY_UNKNOWN'
  /** The replay is past the point where that could be done. */
  | 'OUTBOX_REPLAY_OVER'
  /** All that was asked for was written before the horizon: readers may have forgotten its ids. */
  | 'OUTBOX_REPLAY_TOO_OLD'
  /** A transaction pooler stands before the database that does not keep prepared statements. */
  | 'OUTBOX_POOLER_FORGETS';

/** A mistake in the use of the outbox. */
export class OutboxError extends Error {
  override readonly name = 'OutboxError';
  constructor(
    readonly code: OutboxErrorCode,
    message: string,
  ) {
    super(message);
  }
}
