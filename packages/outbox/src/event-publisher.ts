/** An event on its way out. */
export interface OutgoingEvent {
  readonly eventId: string;
  readonly key: string;
  /** The logical topic, without any installation's prefix. */
  readonly topic: string;
  readonly payload: string;
  /** JSON object, name to text */
  readonly headers: string;
  /** What placeOf said of it, where it was asked. */
  readonly place?: string | undefined;
}

/**
 * Whose fault a failed send is: `broker` nobody's, it is tried until it goes; `event` the event's own, which would fail
 * for ever; `unclear` one cannot know: the broker's at first and, when it lasts, the event's.
 */
export type Fault = 'broker' | 'event' | 'unclear';

/** Why events were not (or not surely) taken by the broker. */
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

/** Where events go. */
export interface EventPublisher {
  open(): PublisherLane;
}

/** A way to the broker of its own: one batch at a time, in order. */
export interface PublisherLane {
  /** Learns what placeOf needs. Never rejects: trouble shows in `send`. */
  prepare(topics: readonly string[]): Promise<void>;
  /** Names where an event goes, such as topic and partition, if it is known: those of one place fail or go together. */
  placeOf(topic: string, key: string): string | undefined;
  /**
   * Resolves when all replicas in sync have all of the events. On failure any of them may have arrived.
   * @throws PublishError
   */
  send(events: readonly OutgoingEvent[]): Promise<void>;
  /** Ends what is in flight with an error. */
  close(): Promise<void>;
}
