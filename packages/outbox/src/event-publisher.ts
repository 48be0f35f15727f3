/** An event on its way to the broker. */
export interface OutgoingEvent {
  readonly eventId: string;
  readonly key: string;
  /** The logical topic, without any installation's prefix. */
  readonly topic: string;
  readonly payload: string;
  /** As stored: a JSON object of names and texts. */
  readonly headers: string;
  /** As `partitionOf` gave it; undefined when it was not known then. */
  readonly partition?: number | undefined;
}

/**
 * Who is at fault for a failed send. `broker`: it is tried again until it succeeds. `event`: it would fail forever.
 * `unclear`: counts as the broker's at first and, if it lasts, as the event's.
 */
export type Fault = 'broker' | 'event' | 'unclear';

/** The broker did not, or did not certainly, take the events. */
export class PublishError extends Error {
  override readonly name = 'PublishError';
  readonly code = 'OUTBOX_PUBLISH_FAILED';
  constructor(
    readonly fault: Fault,
    /** a short name out of a bounded set, for metrics */
    readonly reason: string,
    options: { readonly cause: unknown },
  ) {
    super(options.cause instanceof Error ? options.cause.message : String(options.cause), options);
  }
}

/** Publishes events to a broker. */
export interface EventPublisher {
  open(): PublisherLane;
}

/** One connection to the broker: one batch at a time, in order. */
export interface PublisherLane {
  /** Learns what partitionOf needs. Never rejects: a failure shows in `send`. */
  prepare(topics: readonly string[]): Promise<void>;
  /** The partition that a key's events go to, if it is known. Events of one topic-partition fail or succeed together. */
  partitionOf(topic: string, key: string): number | undefined;
  /**
   * Resolves when all in-sync replicas have all of the events. On failure any of them may have been written.
   * @throws PublishError
   */
  send(events: readonly OutgoingEvent[]): Promise<void>;
  /** Fails what is in flight. */
  close(): Promise<void>;
}
