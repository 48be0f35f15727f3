import { setTimeout as sleep } from 'node:timers/promises';
import { TOPICS } from '@outrider/contracts';
import { repeat, type Background } from '@outrider/service-kit/background';
import type { ReadinessCheck } from '@outrider/service-kit/health';
import { createKafka, strangePartitions } from '@outrider/service-kit/kafka';
import type { Logger } from '@outrider/service-kit/logging';
import { gauge } from '@outrider/service-kit/metrics';
import type { Registry } from 'prom-client';
import type { WorkerConfig } from './config.js';

const CHECK_EVERY_MS = 15_000;
/** So long a check that has begun is waited for; it has nothing in hand, and a broker that is away may take its time. */
const CLOSE_WITHIN_MS = 200;

/**
 * Detects that a topic was given another number of partitions. Relays spread keys over the number in the contracts, so
 * nothing is lost or reordered by it; but other writers to the topic, or an older relay, may have used other partitions,
 * and an operator has to know. No requests are routed to a worker: being unready costs nothing.
 */
export class TopicWatch {
  readonly #topics: readonly { readonly topic: string; readonly name: string; readonly partitions: number }[];
  readonly #unexpected;
  #unexpectedCounts: readonly string[] = [];
  #watching: Background | undefined;

  readonly check: ReadinessCheck = {
    name: 'topics',
    check: async () => {
      if (this.#unexpectedCounts.length > 0) throw new Error(this.#unexpectedCounts.join('; '));
    },
  };

  constructor(
    private readonly config: Pick<WorkerConfig, 'KAFKA' | 'KAFKA_TOPIC_PREFIX'>,
    registry: Registry,
    private readonly log: Logger,
  ) {
    this.#topics = Object.entries(TOPICS).map(([topic, { partitions }]) => ({
      topic,
      name: config.KAFKA_TOPIC_PREFIX + topic,
      partitions,
    }));
    this.#unexpected = gauge(registry, {
      name: 'kafka_topic_partitions_unexpected',
      help: 'Partitions of a topic beyond the number that its keys are spread over; below 0: missing ones; normal: 0',
      labels: { topic: this.#topics.map(({ topic }) => topic) },
      addUp: 'max',
    });
  }

  start(everyMs = CHECK_EVERY_MS): void {
    this.#watching ??= repeat('topics', everyMs, this.log, () => this.#check());
  }

  async close(): Promise<void> {
    await Promise.race([this.#watching?.close(), sleep(CLOSE_WITHIN_MS, undefined, { ref: false })]);
  }

  /** A broker that cannot be reached, or topics that do not exist yet, change nothing. */
  async #check(): Promise<void> {
    const admin = createKafka({
      clientId: 'outrider-outbox-worker-topics',
      server: this.config.KAFKA,
      log: this.log,
    }).admin({ retry: { retries: 0 } });
    try {
      await admin.connect();
      const strange = await strangePartitions(admin, this.#topics);
      for (const { topic, name } of this.#topics) {
        const one = strange.find((other) => other.name === name);
        this.#unexpected.set({ topic }, one === undefined ? 0 : one.found - one.decided);
      }
      const messages = strange.map(
        ({ name, found, decided }) => `${name} has ${found} partitions, not ${decided}: see docs/runbook.md`,
      );
      if (messages.length > 0 && messages.join() !== this.#unexpectedCounts.join()) {
        this.log.error({ topics: strange }, 'a topic has another number of partitions than its keys are spread over');
      }
      this.#unexpectedCounts = messages;
    } catch (error) {
      this.log.debug({ err: error }, 'reading the partitions of the topics failed');
    } finally {
      await admin.disconnect().catch((error: unknown) => {
        this.log.debug({ err: error }, 'closing the connection that read the topics failed');
      });
    }
  }
}
