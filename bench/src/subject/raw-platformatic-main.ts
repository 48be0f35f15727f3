import { ProduceAcks, Producer, stringSerializers, type MessageToProduce } from '@platformatic/kafka';
import { partitionOf } from '@outrider/outbox';
import type { SubjectConfig } from './protocol.js';
import { RawBatches } from './raw-batches.js';
import { serve, type Subject } from './serve.js';

/** @platformatic/kafka by itself, as raw kafkajs. Variant: the number of connections, each with one request in flight. */
class RawPlatformatic implements Subject {
  #producers: Producer<string, string, string, string>[] = [];
  #config: SubjectConfig | undefined;
  readonly #batches = new RawBatches<MessageToProduce<string, string, string, string>>();
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
    this.#batches.fill(this.#started, events, ({ topic, key, payload, headers }) => ({
      topic,
      key,
      value: payload,
      headers,
      partition: partitionOf(key, this.#partitions),
    }));
    return Promise.resolve();
  }

  async release(): Promise<void> {
    await this.#batches.send(this.#producers, (producer, messages) =>
      producer.send({ acks: ProduceAcks.ALL, messages }),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.#producers.map((producer) => producer.close()));
  }

  get #started(): SubjectConfig {
    if (this.#config === undefined) throw new Error('it has not been started');
    return this.#config;
  }
}

serve(new RawPlatformatic());
