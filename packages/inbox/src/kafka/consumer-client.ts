import type { Log } from '@outrider/common';
import type { LogRange, PartitionHandler, Position, TopicPartition } from '../event-consumer.js';
import type { RawMessage } from '../subscription.js';

/** Times in milliseconds. */
export interface MemberOptions {
  readonly groupId: string;
  readonly topicPrefix: string;
  readonly log: Log;
  readonly partitionsConsumedConcurrently: number;
  readonly sessionTimeoutMs: number;
  readonly heartbeatMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly maxWaitMs: number;
  readonly metadataMaxAgeMs: number;
  readonly commitEveryMs: number;
  readonly positionCheckMs: number;
  readonly stallMs: number;
}

/** What a member reports to the consumer that made it. */
export interface MemberSigns {
  /** at every join, so that the wait before the next member starts small again */
  joined(): void;
  /** the broker counts this member in, and needs no other sign of it for so long */
  alive(goodForMs: number): void;
}

/**
 * One member of a consumer group, from joining until it leaves or breaks down. It never restarts itself: KafkaEventConsumer
 * makes the next.
 */
export interface GroupMember {
  /** Resolves with the reason when the member broke down without `leave`. */
  readonly ended: Promise<unknown>;
  /** @param topics logical names. Rejects when the group cannot be joined now. */
  join(topics: readonly string[]): Promise<void>;
  /** Lets the batches in hand finish, then leaves the group. Never rejects; bounded in time but for those batches. */
  leave(): Promise<void>;
}

/** A Kafka client library, as far as consuming needs one. Topics go by their names in Kafka. */
export interface ConsumerClient {
  newMember(options: MemberOptions, handler: PartitionHandler, signs: MemberSigns): GroupMember;
  /** What the log holds of each partition. Rejects with the client's error. */
  logRanges(topics: readonly string[]): Promise<(TopicPartition & LogRange)[]>;
  /** In the order of `positions`; null where the log has no message at that offset. Rejects where a position is outside the log. */
  messagesAt(positions: readonly Position[]): Promise<(RawMessage | null)[]>;
}
