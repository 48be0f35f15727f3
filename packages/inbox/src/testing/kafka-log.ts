import { Socket } from 'node:net';
import { createTopics, freshTopicPrefix, sharedInfra } from '@outrider/testkit';
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { KafkaEventConsumer, type KafkaEventConsumerOptions } from '../kafka/kafka-event-consumer.js';
import { silent, TOPIC } from './shop.js';

/** A topic of real Kafka and what it takes to fill and read it. */
export interface KafkaLog {
  readonly prefix: string;
  readonly kafka: Kafka;
  append(
    partition: number,
    messages: readonly { key: Buffer | null; value: Buffer | null }[],
    prefix?: string,
  ): Promise<void>;
  consumer(wire?: Wire, more?: Partial<KafkaEventConsumerOptions>): KafkaEventConsumer;
  close(): Promise<void>;
}

/** @param given of a broker of the test's own; by default the shared ones */
export async function openKafkaLog(partitions: number, given?: readonly string[]): Promise<KafkaLog> {
  const brokers = given ?? (await sharedInfra()).brokers;
  const prefix = freshTopicPrefix();
  await createTopics(brokers, [prefix + TOPIC], partitions);
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const producer: Producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  return {
    prefix,
    kafka,
    append: async (partition, messages, before = prefix) => {
      await producer.send({ topic: before + TOPIC, messages: messages.map((message) => ({ ...message, partition })) });
    },
    consumer: (wire = new Wire(), more = {}) =>
      new KafkaEventConsumer({
        kafka: new Kafka({
          brokers: [...brokers],
          logLevel: logLevel.NOTHING,
          socketFactory: wire.socketFactory,
          connectionTimeout: 3_000,
          requestTimeout: 10_000,
        }),
        groupId: `${prefix}reader`,
        topicPrefix: prefix,
        log: silent,
        // the shortest that the broker allows
        sessionTimeoutMs: 6_000,
        heartbeatMs: 500,
        rebalanceTimeoutMs: 10_000,
        maxWaitMs: 50,
        commitEveryMs: 200,
        ...more,
      }),
    close: () => producer.disconnect(),
  };
}

/** The connections of one process, which can be cut as a network or a kill -9 cuts them. */
export class Wire {
  readonly #sockets = new Set<Socket>();
  #dead = false;

  readonly socketFactory = ({
    host,
    port,
    onConnect,
  }: {
    host: string;
    port: number;
    onConnect: () => void;
  }): Socket => {
    const socket = new Socket();
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    if (this.#dead) setImmediate(() => socket.destroy(Object.assign(new Error('cut'), { code: 'ECONNREFUSED' })));
    else socket.connect(port, host, onConnect);
    return socket;
  };

  /** Breaks every connection; new ones may be made. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy(Object.assign(new Error('cut'), { code: 'ECONNRESET' }));
  }

  /** Breaks every connection for good: as others see it, the process is gone. */
  kill(): void {
    this.#dead = true;
    this.cut();
  }

  revive(): void {
    this.#dead = false;
  }

  get open(): number {
    return this.#sockets.size;
  }
}
