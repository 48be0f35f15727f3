import {
  Consumer,
  FetchIsolationLevels,
  ListOffsetTimestamps,
  protocolErrorsCodesById,
  type BaseOptions,
  type ConnectionPool,
} from '@platformatic/kafka';
import type { LogRange, Position, TopicPartition } from '../event-consumer.js';
import type { RawMessage } from '../subscription.js';
import { fetchedRecords, type FetchedPartition, type FetchResponse } from './fetched-records.js';

/** Where the brokers are and how to log in; `context` marks its connections for diagnostics. */
export type PlatformaticConfig = Pick<
  BaseOptions,
  'clientId' | 'bootstrapBrokers' | 'tls' | 'tlsServerName' | 'sasl' | 'context'
>;

/** Of a fetch: what came of a partition, or the name of the broker's error. */
export interface FetchAnswer extends TopicPartition {
  readonly fetched: FetchedPartition;
  readonly error: string | undefined;
}

export interface LogReaderOptions {
  readonly metadataMaxAgeMs: number;
  /** is given the pool of connections, so that a test can break them */
  readonly onPool?: ((pool: ConnectionPool) => void) | undefined;
}

const CONNECT_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_BYTES = 10_485_760;
const MAX_BYTES_OF_PARTITION = 1_048_576;

/** Reads partitions from given offsets, without a group. Topics go by their names in Kafka. */
export class LogReader {
  readonly #consumer: Consumer;

  constructor(config: PlatformaticConfig, { metadataMaxAgeMs, onPool }: LogReaderOptions) {
    this.#consumer = new Consumer({
      ...config,
      // a consumer has a group; this one never joins it
      groupId: 'none',
      connectTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      metadataMaxAge: metadataMaxAgeMs,
      retries: 0,
    });
    onPool?.(this.#consumer.connections);
  }

  /** Which broker leads each partition, by topic and partition number; from a cache. Rejects where a topic is unknown. */
  async leaders(topics: readonly string[]): Promise<Map<string, number[]>> {
    const { topics: found } = await this.#consumer.metadata({ topics: [...topics] });
    return new Map([...found].map(([topic, { partitions }]) => [topic, partitions.map(({ leader }) => leader)]));
  }

  /** The next `leaders` asks the broker. */
  forgetLeaders(): void {
    this.#consumer.clearMetadata();
  }

  /**
   * One request to one broker, which answers as soon as there is anything, and after `maxWaitMs` at the latest.
   * Rejects with the client's error when there is no answer.
   */
  async fetch(
    node: number,
    positions: readonly Position[],
    { maxWaitMs, oneBatch = false }: { readonly maxWaitMs: number; readonly oneBatch?: boolean },
  ): Promise<FetchAnswer[]> {
    const topics = [...new Set(positions.map(({ topic }) => topic))];
    for (const topic of topics) if (!this.#consumer.topics.has(topic)) this.#consumer.topics.track(topic);
    const metadata = await this.#consumer.metadata({ topics });
    const ids = new Map(topics.map((topic) => [topic, metadata.topics.get(topic)?.id ?? '']));
    const names = new Map([...ids].map(([topic, id]) => [id, topic]));
    const response = await this.#answer({
      node,
      maxWaitTime: maxWaitMs,
      minBytes: 1,
      maxBytes: oneBatch ? 1 : MAX_BYTES,
      isolationLevel: oneBatch ? FetchIsolationLevels.READ_UNCOMMITTED : FetchIsolationLevels.READ_COMMITTED,
      topics: topics.map((topic) => ({
        topicId: ids.get(topic) ?? '',
        partitions: positions
          .filter((position) => position.topic === topic)
          .map(({ partition, offset }) => ({
            partition,
            fetchOffset: offset,
            currentLeaderEpoch: -1,
            lastFetchedEpoch: -1,
            partitionMaxBytes: oneBatch ? 1 : MAX_BYTES_OF_PARTITION,
          })),
      })),
    });
    return response.responses.flatMap(({ topicId, partitions }) => {
      const topic = names.get(topicId);
      if (topic === undefined) return [];
      return partitions.map((fetched) => ({
        topic,
        partition: fetched.partitionIndex,
        fetched,
        error: fetched.errorCode === 0 ? undefined : (protocolErrorsCodesById[fetched.errorCode] ?? 'UNKNOWN'),
      }));
    });
  }

  /** What the log holds of each partition. */
  async ranges(topics: readonly string[]): Promise<(TopicPartition & LogRange)[]> {
    const asked = { topics: [...topics], isolationLevel: FetchIsolationLevels.READ_UNCOMMITTED };
    const lows = await this.#consumer.listOffsets({ ...asked, timestamp: ListOffsetTimestamps.EARLIEST });
    const highs = await this.#consumer.listOffsets({ ...asked, timestamp: ListOffsetTimestamps.LATEST });
    return topics.flatMap((topic) =>
      (lows.get(topic) ?? []).map((low, partition) => ({
        topic,
        partition,
        low,
        high: highs.get(topic)?.[partition] ?? low,
      })),
    );
  }

  /** One after the other: a broker gives the whole batch of the first partition of a request only. */
  async messagesAt(positions: readonly Position[]): Promise<(RawMessage | null)[]> {
    const found: (RawMessage | null)[] = [];
    for (const position of positions) {
      const { topic, partition, offset } = position;
      const node = (await this.leaders([topic])).get(topic)?.[partition];
      if (node === undefined) throw new RangeError(`the broker does not show partition ${partition} of ${topic}`);
      const answers = await this.fetch(node, [position], { maxWaitMs: 0, oneBatch: true });
      const answer = answers.find((one) => one.topic === topic && one.partition === partition);
      if (answer?.error !== undefined) {
        throw new RangeError(`offset ${offset} of ${topic}/${partition} cannot be read: ${answer.error}`);
      }
      const messages = answer === undefined ? [] : fetchedRecords(topic, offset, answer.fetched).messages;
      found.push(messages.find((message) => message.offset === offset) ?? null);
    }
    return found;
  }

  async close(): Promise<void> {
    await closeClient(this.#consumer);
  }

  /** The client throws what it has read when any partition of it has an error; the error holds it. */
  async #answer(options: Parameters<Consumer['fetch']>[0]): Promise<FetchResponse> {
    try {
      return await this.#consumer.fetch(options);
    } catch (error) {
      const response = responseOf(error);
      if (response === undefined || response.errorCode !== 0) throw error;
      return response;
    }
  }
}

function responseOf(error: unknown): FetchResponse | undefined {
  if (!(error instanceof Error) || !('response' in error)) return undefined;
  const { response } = error;
  return typeof response === 'object' && response !== null && 'responses' in response
    ? (response as FetchResponse)
    : undefined;
}

/** Breaks the connections: a close of the client's own waits until a broker that hangs has read what was written. */
export async function closeClient(client: Pick<Consumer, 'connections' | 'close'>): Promise<void> {
  for (const [, connection] of client.connections) connection.socket?.destroy();
  try {
    await client.close(true);
  } catch {
    // nothing depends on it: the sockets are gone
  }
}
