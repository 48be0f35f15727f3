import { ProduceAcks, Producer, stringSerializers, type MessageToProduce } from '@platformatic/kafka';
import { partitionOf } from '@outrider/outbox';
import { eventOf } from '../events.js';
import type { SubjectConfig } from './protocol.js';
import { serve, type Subject } from './serve.js';

const BATCH = 2_000;
/** A larger backlog sends these again: they are made before the clock runs, and memory is finite. */
const MOST_MADE = 200_000;

type Message = MessageToProduce<string, string, string, string>;

/** @platformatic/kafka by itself, as raw kafkajs. Variant: the number of connections, each with one request in flight. */
class RawPlatformatic implements Subject {
  #producers: Producer<string, string, string, string>[] = [];
  #config: SubjectConfig | undefined;
  #batches: Message[][] = [];
  #filled = 0;
  #partitions = 1;

  async start(config: SubjectConfig): Promise<void> {
    this.#config = config;
    this.#producers = Array.from(
      { length: Number(config.variant) },
      () =>
        new Producer({
          clientId: 'bench.raw',
          bootstrapBrokers: [...config.brokers],
          serializers: stringSerializers,
          autocreateTopics: false,
          metadataMaxAge: 60_000,
          maxInflights: 1,
        }),
    );
    for (const producer of this.#producers) {
      const { topics } = await producer.metadata({ topics: [config.topic] });
      this.#partitions = topics.get(config.topic)?.partitionsCount ?? 1;
    }
  }

  fill(events: number): Promise<void> {
    const { keys = [], topic = '' } = this.#config ?? {};
    this.#batches = [];
    for (let from = 0; from < Math.min(events, MOST_MADE); from += BATCH) {
      const count = Math.min(BATCH, events - from);
      this.#batches.push(
        Array.from({ length: count }, (_, index): Message => {
          const { key, payload, headers } = eventOf(topic, keys[(from + index) % keys.length] ?? '', from + index);
          return { topic, key, value: payload, headers, partition: partitionOf(key, this.#partitions) };
        }),
      );
    }
    this.#filled = events;
    return Promise.resolve();
  }

  async release(): Promise<void> {
    let next = 0;
    const last = Math.ceil(this.#filled / BATCH);
    await Promise.all(
      this.#producers.map(async (producer) => {
        while (next < last) {
          const messages = this.#batches[next % this.#batches.length] ?? [];
          next += 1;
          await producer.send({ acks: ProduceAcks.ALL, messages });
        }
      }),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.#producers.map((producer) => producer.close()));
  }
}

serve(new RawPlatformatic());
