import type { Log } from '@outrider/common';
import { Kafka, logLevel, type KafkaConfig } from 'kafkajs';
import type { EventPublisher, PublisherLane } from '../event-publisher.js';
import { KafkaPublisherLane } from './kafka-publisher-lane.js';
import { PartitionCounts } from './partition-counts.js';

/** Times in milliseconds. */
export interface KafkaEventPublisherOptions {
  /** Where the brokers are and how to log in. Time-outs and retries in it are not used: they follow the lease. */
  readonly kafka: KafkaConfig;
  /** Takes kafkajs's own lines, at debug: what matters is said by the relay. */
  readonly log: Log;
  /** In front of every topic in Kafka and nowhere else; '' unless told. */
  readonly topicPrefix?: string;
  /**
   * How many partitions the keys of a topic are spread over, by its logical name. Told by whoever decides it, all relays
   * place a key alike, whatever somebody has done to the topic meanwhile; where it is undefined, a relay takes the number
   * that the broker has when it asks first, and two relays differ if partitions are added in between.
   */
  readonly partitionsOf?: (topic: string) => number | undefined;
  /** For a connection, and for an answer: a third of the lease at most; see requestTimeoutMs. */
  readonly requestTimeoutMs: number;
}

/** EventPublisher on kafkajs: a producer for each lane. */
export class KafkaEventPublisher implements EventPublisher {
  readonly #kafka: Kafka;
  readonly #partitionCounts: PartitionCounts;

  constructor(private readonly options: KafkaEventPublisherOptions) {
    const { kafka, log, partitionsOf, requestTimeoutMs, topicPrefix = '' } = options;
    this.#kafka = new Kafka({
      ...kafka,
      logLevel: logLevel.WARN,
      logCreator:
        () =>
        ({ namespace, log: { message, timestamp: _timestamp, ...rest } }) =>
          log.debug({ kafka: namespace, ...rest }, message),
      connectionTimeout: requestTimeoutMs,
      authenticationTimeout: requestTimeoutMs,
      requestTimeout: requestTimeoutMs,
      enforceRequestTimeout: true,
      // Its own retries would go on long after a lease has passed.
      retry: { retries: 0, initialRetryTime: 50, maxRetryTime: 200 },
    });
    this.#partitionCounts = new PartitionCounts(this.#kafka, (name) => partitionsOf?.(name.slice(topicPrefix.length)));
  }

  open(): PublisherLane {
    const { topicPrefix = '', requestTimeoutMs } = this.options;
    return new KafkaPublisherLane({
      kafka: this.#kafka,
      partitionCounts: this.#partitionCounts,
      topicPrefix,
      requestTimeoutMs,
    });
  }
}
