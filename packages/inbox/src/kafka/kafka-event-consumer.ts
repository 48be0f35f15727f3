import { backoffMs, type Log, pause } from '@outrider/common';
import { InboxError } from '../errors.js';
import type { EventConsumer, LogRange, PartitionHandler, Position, TopicPartition } from '../event-consumer.js';
import type { RawMessage } from '../subscription.js';
import type { ConsumerClient, MemberOptions } from './consumer-client.js';

/** Times in milliseconds; defaults are named. */
export interface KafkaEventConsumerOptions {
  /** KafkajsClient, or PlatformaticClient of `@outrider/inbox/platformatic` */
  readonly client: ConsumerClient;
  readonly groupId: string;
  /** In front of every topic in Kafka and nowhere else; '' by default. */
  readonly topicPrefix?: string;
  readonly log: Log;
  /** How many partitions are handled at the same time; those of one topic share transactions. 16. */
  readonly partitionsConsumedConcurrently?: number;
  /** After how long a dead process loses its partitions. 10,000. */
  readonly sessionTimeoutMs?: number;
  /** 2,000. */
  readonly heartbeatMs?: number;
  /** How long the group waits for a member that is handling a batch. 15,000. */
  readonly rebalanceTimeoutMs?: number;
  /** How long the broker may hold an empty fetch; a member that is to leave or to join again waits for it. 500. */
  readonly maxWaitMs?: number;
  /** After how long the partitions of topics are looked up again: some may have been added. 60,000. */
  readonly metadataMaxAgeMs?: number;
  /** How often the position is committed to Kafka, for lag tools. 5,000. */
  readonly commitEveryMs?: number;
  /** Interval of the check whether the database was restored to an older state, or the log replaced. 30,000. */
  readonly positionCheckMs?: number;
  /** A consumer that is inactive for so long is replaced. 60,000. */
  readonly stallMs?: number;
}

/** EventConsumer on a Kafka client: a new member of the group whenever one breaks down, until it is stopped. */
export class KafkaEventConsumer implements EventConsumer {
  readonly #client: ConsumerClient;
  readonly #options: MemberOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #alive: { readonly atMs: number; readonly goodForMs: number } | undefined;

  constructor(options: KafkaEventConsumerOptions) {
    this.#client = options.client;
    this.#options = {
      groupId: options.groupId,
      topicPrefix: options.topicPrefix ?? '',
      log: options.log,
      partitionsConsumedConcurrently: options.partitionsConsumedConcurrently ?? 16,
      sessionTimeoutMs: options.sessionTimeoutMs ?? 10_000,
      heartbeatMs: options.heartbeatMs ?? 2_000,
      rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? 15_000,
      maxWaitMs: options.maxWaitMs ?? 500,
      metadataMaxAgeMs: options.metadataMaxAgeMs ?? 60_000,
      commitEveryMs: options.commitEveryMs ?? 5_000,
      positionCheckMs: options.positionCheckMs ?? 30_000,
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
    if (this.#alive === undefined) return 'has not joined its group yet';
    const silentMs = performance.now() - this.#alive.atMs;
    return silentMs > this.#alive.goodForMs ? `no word from the broker for ${Math.floor(silentMs / 1_000)} s` : null;
  }

  async logRanges(topics: readonly string[]): Promise<(TopicPartition & LogRange)[]> {
    const { topicPrefix } = this.#options;
    const ranges = await this.#client.logRanges(topics.map((topic) => topicPrefix + topic));
    return ranges.map((range) => ({ ...range, topic: range.topic.slice(topicPrefix.length) }));
  }

  async messagesAt(positions: readonly Position[]): Promise<(RawMessage | null)[]> {
    const { topicPrefix } = this.#options;
    const found = await this.#client.messagesAt(
      positions.map((position) => ({ ...position, topic: topicPrefix + position.topic })),
    );
    return found.map((message) => message && { ...message, topic: message.topic.slice(topicPrefix.length) });
  }

  async #run(topics: readonly string[], handler: PartitionHandler): Promise<void> {
    const { log } = this.#options;
    const { signal } = this.#stopping;
    const stopped = new Promise<undefined>((resolve) => {
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    let failures = 0;
    while (!signal.aborted) {
      const member = this.#client.newMember(this.#options, handler, {
        joined: () => (failures = 0),
        alive: (goodForMs) => (this.#alive = { atMs: performance.now(), goodForMs }),
      });
      const joining = member.join(topics).then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      const failed = joining.then((failure) => failure ?? member.ended.then((error) => ({ error })));
      const end = await Promise.race([failed, stopped]);
      await member.leave();
      if (end === undefined || signal.aborted) return;
      failures += 1;
      const waitMs = backoffMs(failures, 200, 5_000);
      log.error({ err: end.error, failures, waitMs }, 'the consumer failed and is replaced');
      handler.restarted?.(end.error);
      await pause(waitMs, signal);
    }
  }
}
