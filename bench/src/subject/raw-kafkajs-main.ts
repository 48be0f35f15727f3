import { stopIdleTimer, useFastProduceWriter } from '@outrider/kafkajs-fast';
import { partitionOf } from '@outrider/outbox';
import { Kafka, logLevel, type Message, type Producer } from 'kafkajs';
import { eventOf } from '../events.js';
import type { SubjectConfig } from './protocol.js';
import { serve, type Subject } from './serve.js';

const BATCH = 2_000;
/** A larger backlog sends these again: they are made before the clock runs, and memory is finite. */
const MOST_MADE = 200_000;
const ALL_IN_SYNC = -1;

/**
 * kafkajs by itself, with what the relay would send at hand. Variant: the number of connections, each with one request
 * in flight; `2 fast` has it write as the relay lets it.
 */
class RawKafkajs implements Subject {
  #producers: Producer[] = [];
  #config: SubjectConfig | undefined;
  #batches: Message[][] = [];
  #filled = 0;
  #partitions = 1;

  async start(config: SubjectConfig): Promise<void> {
    const [connections, writer] = config.variant.split(' ');
    stopIdleTimer();
    if (writer === 'fast') useFastProduceWriter();
    this.#config = config;
    const kafka = new Kafka({ clientId: 'bench.raw', brokers: [...config.brokers], logLevel: logLevel.ERROR });
    const admin = kafka.admin();
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: [config.topic] });
    this.#partitions = topics[0]?.partitions.length ?? 1;
    await admin.disconnect();
    this.#producers = Array.from({ length: Number(connections) }, () =>
      kafka.producer({
        allowAutoTopicCreation: false,
        maxInFlightRequests: 1,
        createPartitioner:
          () =>
          ({ message }) =>
            message.partition ?? 0,
      }),
    );
    await Promise.all(this.#producers.map((producer) => producer.connect()));
  }

  fill(events: number): Promise<void> {
    const { keys = [], topic = '' } = this.#config ?? {};
    this.#batches = [];
    for (let from = 0; from < Math.min(events, MOST_MADE); from += BATCH) {
      const count = Math.min(BATCH, events - from);
      this.#batches.push(
        Array.from({ length: count }, (_, index) => {
          const { key, payload, headers } = eventOf(topic, keys[(from + index) % keys.length] ?? '', from + index);
          return { key, value: payload, headers, partition: partitionOf(key, this.#partitions) };
        }),
      );
    }
    this.#filled = events;
    return Promise.resolve();
  }

  async release(): Promise<void> {
    const { topic = '' } = this.#config ?? {};
    let next = 0;
    const last = Math.ceil(this.#filled / BATCH);
    await Promise.all(
      this.#producers.map(async (producer) => {
        while (next < last) {
          const messages = this.#batches[next % this.#batches.length] ?? [];
          next += 1;
          await producer.sendBatch({ acks: ALL_IN_SYNC, topicMessages: [{ topic, messages }] });
        }
      }),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.#producers.map((producer) => producer.disconnect()));
  }
}

serve(new RawKafkajs());
