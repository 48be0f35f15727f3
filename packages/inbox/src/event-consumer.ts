import type { RawMessage } from './subscription.js';

/** A partition, by the logical name of its topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** An offset in a partition: where a message lies, or where reading goes on. */
export interface Position extends TopicPartition {
  readonly offset: bigint;
}

/** The offsets that the broker's log of a partition holds: from `low` up to `high`, exclusive. */
export interface LogRange {
  readonly low: bigint;
  readonly high: bigint;
}

/** A piece of one partition's log, as fetched. */
export interface FetchedBatch extends TopicPartition {
  /** From here… */
  readonly from: bigint;
  /** …up to here, exclusive, the log holds `messages` and no other readable message; offsets may have gaps. */
  readonly next: bigint;
  readonly messages: readonly RawMessage[];
  /** The offset that the next message of the partition will get, as the broker said with this batch. */
  readonly highWatermark: bigint;
  /** False as soon as the partition is to be given up: finish what has begun, begin nothing. */
  isCurrent(): boolean;
  /** Everything before `next` is committed in the database; called in rising order. */
  committed(next: bigint): void;
}

/**
 * How the handling of a batch ended. `done`: read on behind it (or, when not all of it was committed, behind what was);
 * `reposition`: the stored position is not inside this batch, ask `positions` and read from there; `wait`: read again
 * from what was committed last after so many milliseconds; other partitions go on meanwhile.
 */
export type BatchEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'reposition' }
  | { readonly kind: 'wait'; readonly ms: number };

/** What an EventConsumer calls. `handle` never rejects because of a message. */
export interface PartitionHandler {
  /**
   * Where to read on from; asked at every assignment and at intervals, because the database may be restored from a
   * backup and the log replaced by another of the same name. Rejects when that is not known at present: ask again.
   */
  positions(partitions: readonly TopicPartition[]): Promise<readonly Position[]>;
  /** Never called twice at once for one partition. */
  handle(batch: FetchedBatch): Promise<BatchEnd>;
  /** The consumer has joined its group and holds these partitions. */
  assigned?(partitions: readonly TopicPartition[]): void;
  /** The consumer failed and is replaced by a new one. */
  restarted?(error: unknown): void;
}

/** The port to Kafka: reads topics as a member of a consumer group. */
export interface EventConsumer {
  /** Starts and returns; from then on it recovers from every error by itself until `stop`. */
  start(topics: readonly string[], handler: PartitionHandler): Promise<void>;
  /** Lets the batches that have begun finish, then leaves the group. */
  stop(): Promise<void>;
  /** Why nothing is read at present, in a line; null while the reader is a member of its group. */
  readonly problem: string | null;
  /** What the log holds of each partition of the topics. */
  logRanges(topics: readonly string[]): Promise<readonly (TopicPartition & LogRange)[]>;
  /**
   * The messages at these positions, in their order; null where the log has no message at that offset. Rejects when the
   * broker does not answer, and when a position is outside the log.
   */
  messagesAt(positions: readonly Position[]): Promise<readonly (RawMessage | null)[]>;
}
