export type InboxErrorCode =
  /** Inbox or EventConsumer was started twice, or after it was stopped. */
  | 'INBOX_STARTED'
  /** Two subscriptions name one topic. */
  | 'INBOX_TOPIC_TWICE'
  /** No subscription has this topic. */
  | 'INBOX_TOPIC_UNKNOWN'
  /** The installed Kafka client lacks an internal that the inbox relies on. */
  | 'INBOX_CLIENT_UNSUPPORTED'
  /** The consumer has been inactive for too long. */
  | 'INBOX_CONSUMER_STALLED';

/** The inbox was used wrongly, or the Kafka client beneath it does not work. */
export class InboxError extends Error {
  override readonly name = 'InboxError';
  constructor(
    readonly code: InboxErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** Thrown by a handler to defer a batch: nothing is at fault, it is handled again, and no attempt is counted. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
  readonly code = 'INBOX_TRANSIENT';
}
