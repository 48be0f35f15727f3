import { TOPICS } from '@outrider/contracts';
import { repeat, type Background } from '@outrider/service-kit/background';
import type { ReadinessCheck } from '@outrider/service-kit/health';
import { createKafka, strangePartitions } from '@outrider/service-kit/kafka';
import type { Logger } from '@outrider/service-kit/logging';
import { Gauge, type Registry } from 'prom-client';
import type { WorkerConfig } from './config.js';

const LOOK_EVERY_MS = 15_000;

/**
 * Sees when somebody has given a topic another number of partitions. Relays place keys by the number in the contracts, so
 * nothing is lost or reordered by it; but whoever wrote to the topic by other means, or an older relay, may have placed
 * keys elsewhere, and a person has to know. Nobody sends requests to a worker: being unready costs nothing.
 */
export class TopicWatch {
  readonly #topics: readonly { readonly topic: string; readonly name: string; readonly partitions: number }[];
  readonly #unexpected;
  #strange: readonly string[] = [];
  #looking: Background | undefined;

  readonly check: ReadinessCheck = {
    name: 'topics',
    check: async () => {
      if (this.#strange.length > 0) throw new Error(this.#strange.join('; '));
    },
  };

  constructor(
    private readonly config: Pick<WorkerConfig, 'KAFKA_BROKERS' | 'KAFKA_TOPIC_PREFIX'>,
    registry: Registry,
    private readonly log: Logger,
  ) {
    this.#topics = Object.entries(TOPICS).map(([topic, { partitions }]) => ({
      topic,
      name: config.KAFKA_TOPIC_PREFIX + topic,
      partitions,
    }));
    this.#unexpected = new Gauge({
      name: 'kafka_topic_partitions_unexpected',
      help: 'Partitions that a topic has beyond those that its keys are spread over; below 0: that it lacks; 0 is well',
      labelNames: ['topic'],
      registers: [registry],
    });
    for (const { topic } of this.#topics) this.#unexpected.set({ topic }, 0);
  }

  start(everyMs = LOOK_EVERY_MS): void {
    this.#looking ??= repeat('topics', everyMs, this.log, () => this.#look());
  }

  async close(): Promise<void> {
    await this.#looking?.close();
  }

  /** A broker that is away, or topics that are not there yet, say nothing new. */
  async #look(): Promise<void> {
    const admin = createKafka({
      clientId: 'outrider-outbox-worker-topics',
      brokers: this.config.KAFKA_BROKERS,
      log: this.log,
    }).admin({ retry: { retries: 0 } });
    try {
      await admin.connect();
      const strange = await strangePartitions(admin, this.#topics);
      for (const { topic, name } of this.#topics) {
        const one = strange.find((other) => other.name === name);
        this.#unexpected.set({ topic }, one === undefined ? 0 : one.found - one.decided);
      }
      const said = strange.map(
        ({ name, found, decided }) => `${name} has ${found} partitions, not ${decided}: see docs/runbook.md`,
      );
      if (said.length > 0 && said.join() !== this.#strange.join()) {
        this.log.error({ topics: strange }, 'a topic has another number of partitions than its keys are spread over');
      }
      this.#strange = said;
    } catch (error) {
      this.log.debug({ err: error }, 'the partitions of the topics could not be looked at');
    } finally {
      await admin.disconnect().catch((error: unknown) => {
        this.log.debug({ err: error }, 'a connection that looked at topics did not close well');
      });
    }
  }
}
