import type { Log } from '@outrider/common';
import { hasFastProduceWriter, PartitionRecords } from '@outrider/kafkajs-fast';
import { Kafka, logLevel, type Admin, type KafkaConfig, type Message } from 'kafkajs';
import type { LaneProducer, ProducerClient, TopicRecords } from './producer-client.js';

const ALL_IN_SYNC = -1;

/** ProducerClient on kafkajs. Times in milliseconds. */
export class KafkajsClient implements ProducerClient {
  readonly #kafka: Kafka;

  constructor(
    config: KafkaConfig,
    log: Log,
    private readonly requestTimeoutMs: number,
  ) {
    this.#kafka = new Kafka({
      ...config,
      logLevel: logLevel.WARN,
      logCreator:
        () =>
        ({ namespace, log: { message, timestamp: _timestamp, ...rest } }) =>
          log.debug({ kafka: namespace, ...rest }, message),
      connectionTimeout: requestTimeoutMs,
      authenticationTimeout: requestTimeoutMs,
      requestTimeout: requestTimeoutMs,
      enforceRequestTimeout: true,
      // Its own retries would go on long after a lease has passed.
      retry: { retries: 0, initialRetryTime: 50, maxRetryTime: 200 },
    });
  }

  async connect(): Promise<LaneProducer> {
    const producer = this.#kafka.producer({
      allowAutoTopicCreation: false,
      // One request at a time, and no resend of its own: the relay resends, after it has looked at its lease.
      maxInFlightRequests: 1,
      retry: { retries: 0 },
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
    });
    await producer.connect();
    return {
      send: async (records) => {
        const topicMessages = records.map(({ topic, partitions }) => ({ topic, messages: messagesOf(partitions) }));
        const answers = await producer.sendBatch({
          acks: ALL_IN_SYNC,
          timeout: this.requestTimeoutMs,
          topicMessages,
        });
        return answers.map(({ topicName, partition }) => ({ topic: topicName, partition }));
      },
      close: () => producer.disconnect(),
    };
  }

  async partitionCount(topic: string): Promise<number> {
    const admin = this.#kafka.admin();
    try {
      await admin.connect();
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      return topics[0]?.partitions.length ?? 0;
    } finally {
      await disconnect(admin);
    }
  }
}

function messagesOf(partitions: TopicRecords['partitions']): Message[] {
  return [...partitions].flatMap(([partition, records]): Message[] =>
    hasFastProduceWriter()
      ? [new PartitionRecords(partition, records)]
      : records.map((record) => ({ ...record, partition })),
  );
}

/** A connection that does not close well is closed all the same. */
async function disconnect(admin: Admin): Promise<void> {
  try {
    await admin.disconnect();
  } catch {
    // nothing depends on it
  }
}
