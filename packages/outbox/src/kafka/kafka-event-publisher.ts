import type { Log } from '@outrider/common';
import type { KafkaConfig } from 'kafkajs';
import type { EventPublisher, PublisherLane } from '../event-publisher.js';
import { KafkaPublisherLane, type KafkaPublisherLaneOptions } from './kafka-publisher-lane.js';
import { KafkajsClient } from './kafkajs-client.js';
import type { ProducerClient } from './producer-client.js';
import { PartitionCounts } from './partition-counts.js';

/** How any publisher to Kafka places events. */
export interface PlacingOptions {
  /** In front of every topic in Kafka and nowhere else; '' by default. */
  readonly topicPrefix?: string;
  /**
   * How many partitions the keys of a topic are spread over, by its logical name. Given by those who decide it, all relays
   * use the same partition for a key, whatever was done to the topic in the meantime; where it is undefined, a relay takes the number
   * that the broker has when it asks first, and two relays differ if partitions are added in between.
   */
  readonly partitionsOf?: (topic: string) => number | undefined;
}

/** Times in milliseconds. */
export interface KafkaEventPublisherOptions extends PlacingOptions {
  /** Where the brokers are and how to log in. Time-outs and retries in it are not used: they follow the lease. */
  readonly kafka: KafkaConfig;
  /** Takes kafkajs's own lines, at debug: what matters is logged by the relay. */
  readonly log: Log;
  /** For a connection, and for an answer: a third of the lease at most; see requestTimeoutMs. */
  readonly requestTimeoutMs: number;
}

/** EventPublisher on kafkajs: a producer for each lane. */
export class KafkaEventPublisher implements EventPublisher {
  readonly #lane: KafkaPublisherLaneOptions;

  constructor({ kafka, log, requestTimeoutMs, ...placing }: KafkaEventPublisherOptions) {
    this.#lane = laneOptions(new KafkajsClient(kafka, log, requestTimeoutMs), placing);
  }

  open(): PublisherLane {
    return new KafkaPublisherLane(this.#lane);
  }
}

/** What the lanes of one publisher share. */
export function laneOptions(
  client: ProducerClient,
  { topicPrefix = '', partitionsOf }: PlacingOptions,
): KafkaPublisherLaneOptions {
  const partitionCounts = new PartitionCounts(
    (topic) => client.partitionCount(topic),
    (name) => partitionsOf?.(name.slice(topicPrefix.length)),
  );
  return { client, partitionCounts, topicPrefix };
}
