import type { TextMessage } from '@outrider/kafkajs-fast';

/** Records of one request for one topic, grouped by partition, in order. */
export interface TopicRecords {
  /** its name in Kafka */
  readonly topic: string;
  readonly partitions: ReadonlyMap<number, readonly TextMessage[]>;
}

export interface AnsweredPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A producer of a client library, for one lane: one request at a time, and no retry of its own. */
export interface LaneProducer {
  /**
   * Resolves, to the partitions that the broker answered for, when all replicas in sync have the records. Never writes a
   * record to another partition than the one it is grouped under. Rejects with the client's error.
   */
  send(records: readonly TopicRecords[]): Promise<readonly AnsweredPartition[]>;
  /** Closes the connections; what is in flight rejects. */
  close(): Promise<void>;
}

/** A Kafka client library, as far as publishing needs one. */
export interface ProducerClient {
  connect(): Promise<LaneProducer>;
  /** How many partitions the broker has of a topic; 0 where it does not say. Rejects with the client's error. */
  partitionCount(topic: string): Promise<number>;
}
