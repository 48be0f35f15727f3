import { Socket } from 'node:net';
import { createTopics, freshTopicPrefix, sharedInfra } from '@outrider/testkit';
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import type { ConnectionPool } from '@platformatic/kafka';
import { KafkaEventConsumer, type KafkaEventConsumerOptions } from '../kafka/kafka-event-consumer.js';
import { KafkajsClient } from '../kafka/kafkajs-client.js';
import { PlatformaticClient } from '../platformatic/index.js';
import type { ConsumerClient } from '../kafka/consumer-client.js';
import { silent, TOPIC } from './shop.js';

/** The client libraries that every suite of a consumer runs over. */
export const CLIENTS = ['kafkajs', 'platformatic'] as const;
export type Client = (typeof CLIENTS)[number];

/** A topic of real Kafka and what it takes to fill and read it. */
export interface KafkaLog {
  readonly prefix: string;
  readonly kafka: Kafka;
  append(
    partition: number,
    messages: readonly { key: Buffer | null; value: Buffer | null }[],
    prefix?: string,
  ): Promise<void>;
  consumer(wire?: Wire, more?: Partial<KafkaEventConsumerOptions> & { on?: Client }): KafkaEventConsumer;
  close(): Promise<void>;
}

/**
 * @param client which Kafka client its consumers use
 * @param given of a broker of the test's own; by default the shared ones
 */
export async function openKafkaLog(client: Client, partitions: number, given?: readonly string[]): Promise<KafkaLog> {
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
    consumer: (wire = new Wire(), { on = client, ...more } = {}) =>
      new KafkaEventConsumer({
        client: clientOf(on, brokers, wire),
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

function clientOf(client: Client, brokers: readonly string[], wire: Wire): ConsumerClient {
  if (client === 'platformatic') {
    return new PlatformaticClient({ clientId: 'test', bootstrapBrokers: [...brokers] }, wire.watch);
  }
  return new KafkajsClient(
    new Kafka({
      brokers: [...brokers],
      logLevel: logLevel.NOTHING,
      socketFactory: wire.socketFactory,
      connectionTimeout: 3_000,
      requestTimeout: 10_000,
    }),
  );
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

  /** For a client that makes its sockets by itself. */
  readonly watch = (pool: ConnectionPool): void => {
    pool.on('connecting', ({ connection }) => {
      // the client makes the socket right after it has said so
      process.nextTick(() => {
        const { socket } = connection;
        this.#sockets.add(socket);
        socket.once('close', () => this.#sockets.delete(socket));
        if (this.#dead) socket.destroy(Object.assign(new Error('cut'), { code: 'ECONNREFUSED' }));
      });
    });
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
