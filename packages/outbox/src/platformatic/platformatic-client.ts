import { Admin, ProduceAcks, Producer, stringSerializers, type BaseOptions } from '@platformatic/kafka';
import { PartitionMissingError, UnknownTopicError } from '../kafka/fault-of.js';
import type { AnsweredPartition, LaneProducer, ProducerClient, TopicRecords } from '../kafka/producer-client.js';

/** Where the brokers are and how to log in; `context` marks its connections for diagnostics. */
export type PlatformaticConfig = Pick<
  BaseOptions,
  'clientId' | 'bootstrapBrokers' | 'tls' | 'tlsServerName' | 'sasl' | 'context'
>;

const METADATA_MAX_AGE_MS = 60_000;

/** ProducerClient on @platformatic/kafka. Times in milliseconds. */
export class PlatformaticClient implements ProducerClient {
  readonly #options: BaseOptions;

  constructor(config: PlatformaticConfig, requestTimeoutMs: number) {
    this.#options = {
      ...config,
      connectTimeout: requestTimeoutMs,
      requestTimeout: requestTimeoutMs,
      timeout: requestTimeoutMs,
      // Its own retries would go on long after a lease has passed.
      retries: 0,
      autocreateTopics: false,
      metadataMaxAge: METADATA_MAX_AGE_MS,
      maxInflights: 1,
    };
  }

  connect(): Promise<LaneProducer> {
    return Promise.resolve(new PlatformaticProducer(this.#options));
  }

  async partitionCount(topic: string): Promise<number> {
    const admin = new Admin({ ...this.#options });
    try {
      return (await partitionCounts(admin, [topic])).get(topic) ?? 0;
    } finally {
      await close(admin);
    }
  }
}

class PlatformaticProducer implements LaneProducer {
  readonly #producer: Producer<string, string, string, string>;

  constructor(options: BaseOptions) {
    this.#producer = new Producer({ ...options, serializers: stringSerializers, repeatOnStaleMetadata: false });
  }

  async send(records: readonly TopicRecords[]): Promise<readonly AnsweredPartition[]> {
    await this.#refuseMissingPartitions(records);
    const messages = records.flatMap(({ topic, partitions }) =>
      [...partitions].flatMap(([partition, list]) =>
        list.map(({ key, value, headers }) => ({ topic, partition, key, value, headers })),
      ),
    );
    try {
      const { offsets = [] } = await this.#producer.send({ messages, acks: ProduceAcks.ALL });
      return offsets;
    } catch (error) {
      throw new Error([...messagesOf(error)].join(' '), { cause: error });
    }
  }

  close(): Promise<void> {
    return close(this.#producer);
  }

  /**
   * The client writes to `partition` modulo the number of partitions that its metadata has: a record for a partition that
   * the topic does not have would be written to another. It takes the metadata from its cache while that is younger than
   * METADATA_MAX_AGE_MS; half of it here makes sure that the send, which follows at once, uses what was looked at.
   */
  async #refuseMissingPartitions(records: readonly TopicRecords[]): Promise<void> {
    const topics = records.map(({ topic }) => topic);
    const counts = await partitionCounts(this.#producer, topics, METADATA_MAX_AGE_MS / 2);
    for (const { topic, partitions } of records) {
      const count = counts.get(topic) ?? 0;
      for (const partition of partitions.keys()) {
        if (partition >= count) throw new PartitionMissingError(topic, partition);
      }
    }
  }
}

/** What the errors within say: that of the client itself is "Producing messages failed." */
function messagesOf(error: unknown): Set<string> {
  if (error instanceof AggregateError) return new Set(error.errors.flatMap((one) => [...messagesOf(one)]));
  return new Set([error instanceof Error ? error.message : String(error)]);
}

async function partitionCounts(
  client: Pick<Producer, 'metadata'>,
  topics: string[],
  metadataMaxAge = METADATA_MAX_AGE_MS,
): Promise<Map<string, number>> {
  try {
    const metadata = await client.metadata({ topics, metadataMaxAge });
    return new Map([...metadata.topics].map(([topic, { partitionsCount }]) => [topic, partitionsCount]));
  } catch (error) {
    // the client drops the broker's error code here
    if (error instanceof Error && error.message.startsWith('Unknown topic ')) throw new UnknownTopicError(error);
    throw error;
  }
}

/** Ends what is in flight: a close of the client's own waits until a broker that hangs has read what was written. */
async function close(client: Producer<string, string, string, string> | Admin): Promise<void> {
  for (const [, connection] of client.connections) connection.socket?.destroy();
  try {
    await client.close();
  } catch {
    // nothing depends on it: the sockets are gone
  }
}
