import { stopIdleTimer, useFastProduceWriter } from '@outrider/kafkajs-fast';
import { partitionOf } from '@outrider/outbox';
import { Kafka, logLevel, type Message, type Producer } from 'kafkajs';
import type { SubjectConfig } from './protocol.js';
import { RawBatches } from './raw-batches.js';
import { serve, type Subject } from './serve.js';

const ALL_IN_SYNC = -1;

/**
 * kafkajs by itself, with what the relay would send at hand. Variant: the number of connections, each with one request
 * in flight; `2 fast` has it write as the relay lets it.
 */
class RawKafkajs implements Subject {
  #producers: Producer[] = [];
  #config: SubjectConfig | undefined;
  readonly #batches = new RawBatches<Message>();
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
    this.#batches.fill(this.#started, events, ({ key, payload, headers }) => ({
      key,
      value: payload,
      headers,
      partition: partitionOf(key, this.#partitions),
    }));
    return Promise.resolve();
  }

  async release(): Promise<void> {
    const { topic } = this.#started;
    await this.#batches.send(this.#producers, (producer, messages) =>
      producer.sendBatch({ acks: ALL_IN_SYNC, topicMessages: [{ topic, messages }] }),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.#producers.map((producer) => producer.disconnect()));
  }

  get #started(): SubjectConfig {
    if (this.#config === undefined) throw new Error('it has not been started');
    return this.#config;
  }
}

serve(new RawKafkajs());
