import type { RawMessage } from './subscription.js';

/** A partition by the logical name of its topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface Position extends TopicPartition {
  readonly offset: bigint;
}

/** What the broker's log of a partition holds: [low, high). */
export interface LogRange {
  readonly low: bigint;
  readonly high: bigint;
}

/** A piece of one partition's log. */
export interface FetchedBatch extends TopicPartition {
  /** From here… */
  readonly from: bigint;
  /** …up to here, exclusive, the log holds `messages` and no other readable message; offsets may have gaps. */
  readonly next: bigint;
  readonly messages: readonly RawMessage[];
  /** The offset that the next message of the partition will get, as far as the broker said with this batch. */
  readonly highWatermark: bigint;
  /** False as soon as the partition is to be given up: finish what is in hand, begin nothing. */
  isCurrent(): boolean;
  /** Everything before `next` is settled in the database; called in rising order. */
  settled(next: bigint): void;
}

/**
 * How the handling of a batch ended. `done`: go on behind it (or, when not all of it was settled, behind what was);
 * `moved`: the stored position is not inside this batch, ask `positions` and read from there; `wait`: read again
 * from what was settled last after so many milliseconds, others of the partition's neighbours go on meanwhile.
 */
export type BatchEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'moved' }
  | { readonly kind: 'wait'; readonly ms: number };

/** What an EventConsumer calls. Nothing here ever rejects for a message's sake. */
export interface PartitionHandler {
  /**
   * Where to read on from; asked at every assignment, and now and then, because the database may be set back and the log
   * replaced by another of the same name. Rejects when that cannot be told now: ask again.
   */
  positions(partitions: readonly TopicPartition[]): Promise<readonly Position[]>;
  /** Never called twice at once for one partition. */
  handle(batch: FetchedBatch): Promise<BatchEnd>;
  /** The consumer has joined its group and holds these partitions. */
  assigned?(partitions: readonly TopicPartition[]): void;
  /** The consumer broke down and is being made anew. */
  restarted?(error: unknown): void;
}

/** Reads topics as a member of a consumer group. One implementation stands on kafkajs. */
export interface EventConsumer {
  /** Begins and returns; from then on it recovers from everything by itself until `stop`. */
  start(topics: readonly string[], handler: PartitionHandler): Promise<void>;
  /** Lets the batches in hand finish, then leaves the group. */
  stop(): Promise<void>;
  /** Why nothing can be read now, in a line; null while the group has this reader. */
  readonly problem: string | null;
  /** What the log holds of each partition of the topics. */
  logRanges(topics: readonly string[]): Promise<readonly (TopicPartition & LogRange)[]>;
  /**
   * What lies at these places, in their order; null where the log has no message at that offset. Rejects when that cannot
   * be told now, also because a place is not in the log any more.
   */
  messagesAt(places: readonly Position[]): Promise<readonly (RawMessage | null)[]>;
}
