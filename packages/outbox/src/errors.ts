export type OutboxErrorCode =
  /** The value of an event is larger than the limit; nothing of the call was written. */
  | 'OUTBOX_PAYLOAD_TOO_LARGE'
  /** The event cannot be stored as it is; nothing of the call was written. */
  | 'OUTBOX_EVENT_INVALID'
  /** The relay was started twice, or after it was stopped. */
  | 'OUTBOX_RELAY_STARTED';

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
