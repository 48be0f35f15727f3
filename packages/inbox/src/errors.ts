export type InboxErrorCode =
  /** Inbox was started twice, or after it was stopped. */
  | 'INBOX_STARTED'
  /** Two subscriptions name one topic. */
  | 'INBOX_TOPIC_TWICE'
  /** No subscription has this topic. */
  | 'INBOX_TOPIC_UNKNOWN'
  /** The installed kafkajs does not say from where a batch was fetched. */
  | 'INBOX_CLIENT_UNSUPPORTED'
  /** The consumer has shown no sign of life for too long. */
  | 'INBOX_CONSUMER_STALLED';

/** A mistake in the use of the inbox, or of what stands under it. */
export class InboxError extends Error {
  override readonly name = 'InboxError';
  constructor(
    readonly code: InboxErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** Thrown by a handler: not this message's fault, have the same batch again, no attempt counted. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
  readonly code = 'INBOX_TRANSIENT';
}
