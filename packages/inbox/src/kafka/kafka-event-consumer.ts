import { backoffMs, type Log, pause } from '@outrider/common';
import type { Kafka } from 'kafkajs';
import { InboxError } from '../errors.js';
import type { EventConsumer, LogRange, PartitionHandler, Position, TopicPartition } from '../event-consumer.js';
import type { RawMessage } from '../subscription.js';
import { Membership, type MembershipOptions } from './membership.js';
import { messagesAt } from './messages-at.js';
import { rawMessage } from './read-batch.js';

/** Times in milliseconds; what is not given has the default that is named. */
export interface KafkaEventConsumerOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  /** In front of every topic in Kafka and nowhere else; '' unless told. */
  readonly topicPrefix?: string;
  readonly log: Log;
  /** How many partitions are handled at the same time; those of one topic share transactions. 16. */
  readonly partitionsConsumedConcurrently?: number;
  /** After how long a dead process loses its partitions. 10,000. */
  readonly sessionTimeoutMs?: number;
  /** 2,000. */
  readonly heartbeatMs?: number;
  /** How long the group waits for a member that has a batch in hand. 15,000. */
  readonly rebalanceTimeoutMs?: number;
  /** How long the broker may hold an empty fetch. 250. */
  readonly maxWaitMs?: number;
  /** How often Kafka is told the position, for lag tools. 5,000. */
  readonly commitEveryMs?: number;
  /** How often to look whether the database was set back behind what was read, or the log replaced. 30,000. */
  readonly lookBackEveryMs?: number;
  /** A consumer without any sign of life for so long is made anew. 60,000. */
  readonly stallMs?: number;
}

/** EventConsumer on kafkajs: a new kafkajs consumer whenever one breaks down, until it is stopped. */
export class KafkaEventConsumer implements EventConsumer {
  readonly #options: MembershipOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #heard: { readonly atMs: number; readonly goodForMs: number } | undefined;

  constructor(options: KafkaEventConsumerOptions) {
    this.#options = {
      kafka: options.kafka,
      groupId: options.groupId,
      topicPrefix: options.topicPrefix ?? '',
      log: options.log,
      partitionsConsumedConcurrently: options.partitionsConsumedConcurrently ?? 16,
      sessionTimeoutMs: options.sessionTimeoutMs ?? 10_000,
      heartbeatMs: options.heartbeatMs ?? 2_000,
      rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? 15_000,
      maxWaitMs: options.maxWaitMs ?? 250,
      commitEveryMs: options.commitEveryMs ?? 5_000,
      lookBackEveryMs: options.lookBackEveryMs ?? 30_000,
      stallMs: options.stallMs ?? 60_000,
    };
  }

  /** @throws InboxError INBOX_STARTED */
  start(topics: readonly string[], handler: PartitionHandler): Promise<void> {
    if (this.#running !== undefined) {
      return Promise.reject(new InboxError('INBOX_STARTED', 'a consumer is started once'));
    }
    this.#running = this.#run(topics, handler);
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  get problem(): string | null {
    if (this.#heard === undefined) return 'has not joined its group yet';
    const silentMs = performance.now() - this.#heard.atMs;
    return silentMs > this.#heard.goodForMs ? `no word from the broker for ${Math.floor(silentMs / 1_000)} s` : null;
  }

  async logRanges(topics: readonly string[]): Promise<(TopicPartition & LogRange)[]> {
    const admin = this.#options.kafka.admin();
    await admin.connect();
    try {
      const ranges: (TopicPartition & LogRange)[] = [];
      for (const topic of topics) {
        for (const { partition, low, high } of await admin.fetchTopicOffsets(this.#options.topicPrefix + topic)) {
          ranges.push({ topic, partition, low: BigInt(low), high: BigInt(high) });
        }
      }
      return ranges;
    } finally {
      await admin.disconnect();
    }
  }

  async messagesAt(places: readonly Position[]): Promise<(RawMessage | null)[]> {
    const { kafka, topicPrefix } = this.#options;
    const found = await messagesAt(
      kafka,
      places.map((place) => ({ ...place, topic: topicPrefix + place.topic })),
    );
    return found.map((message, index) => {
      const place = places[index];
      return message === null || place === undefined ? null : rawMessage(place.topic, place.partition, message);
    });
  }

  async #run(topics: readonly string[], handler: PartitionHandler): Promise<void> {
    const { log } = this.#options;
    const { signal } = this.#stopping;
    const stopped = new Promise<undefined>((resolve) => {
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    let failures = 0;
    while (!signal.aborted) {
      const membership = new Membership(this.#options, handler, {
        joined: () => (failures = 0),
        heard: (goodForMs) => (this.#heard = { atMs: performance.now(), goodForMs }),
      });
      const joining = membership.join(topics).then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      const failed = joining.then((failure) => failure ?? membership.ended.then((error) => ({ error })));
      const end = await Promise.race([failed, stopped]);
      await membership.leave();
      if (end === undefined || signal.aborted) return;
      failures += 1;
      const waitMs = backoffMs(failures, 200, 5_000);
      log.error({ err: end.error, failures, waitMs }, 'the consumer broke down and is made anew');
      handler.restarted?.(end.error);
      await pause(waitMs, signal);
    }
  }
}
