import type { Kafka, KafkaMessage } from 'kafkajs';
import { InboxError } from '../errors.js';
import type { Position } from '../event-consumer.js';

/** The part of kafkajs's Cluster and Broker that is used here. */
interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  findBroker(of: { readonly nodeId: string }): Promise<Broker>;
}
interface Broker {
  fetch(request: {
    readonly isolationLevel: number;
    readonly maxWaitTime: number;
    readonly minBytes: number;
    readonly maxBytes: number;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly {
        readonly partition: number;
        readonly fetchOffset: string;
        readonly maxBytes: number;
      }[];
    }[];
  }): Promise<{
    readonly responses: readonly { readonly partitions: readonly { readonly messages: KafkaMessage[] }[] }[];
  }>;
}

const READ_UNCOMMITTED = 0;

/**
 * Reads single messages. kafkajs 2.2.4 has no other public way than to join a group and wait for a batch, so this goes to
 * the part of it that its own consumer stands on. A fetch of one byte brings the one batch that holds the offset. One
 * after the other: kafkajs opens a connection for each fetch that comes while there is none yet, and forgets all but the
 * last, which then stay open for good.
 *
 * @returns in the order of `positions`; null where the log has no message at that offset
 * @throws InboxError INBOX_CLIENT_UNSUPPORTED; kafkajs's error, also when a position is outside the log
 */
export async function messagesAt(kafka: Kafka, positions: readonly Position[]): Promise<(KafkaMessage | null)[]> {
  if (positions.length === 0) return [];
  const cluster = clusterOf(kafka);
  await cluster.connect();
  try {
    await cluster.addMultipleTargetTopics([...new Set(positions.map(({ topic }) => topic))]);
    const found: (KafkaMessage | null)[] = [];
    for (const position of positions) found.push(await messageAt(cluster, position));
    return found;
  } finally {
    await cluster.disconnect();
  }
}

async function messageAt(cluster: Cluster, { topic, partition, offset }: Position): Promise<KafkaMessage | null> {
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
  if (nodeId === undefined) throw new RangeError(`the broker does not show partition ${partition} of ${topic}`);
  const broker = await cluster.findBroker({ nodeId });
  const { responses } = await broker.fetch({
    isolationLevel: READ_UNCOMMITTED,
    maxWaitTime: 0,
    minBytes: 0,
    maxBytes: 1,
    topics: [{ topic, partitions: [{ partition, fetchOffset: String(offset), maxBytes: 1 }] }],
  });
  const messages = responses.flatMap(({ partitions }) => partitions.flatMap((one) => one.messages));
  return messages.find((message) => BigInt(message.offset) === offset) ?? null;
}

const CREATE_CLUSTER = 'private:Kafka:createCluster';

function clusterOf(kafka: Kafka): Cluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(({ description }) => description === CREATE_CLUSTER);
  const create: unknown = symbol === undefined ? undefined : Reflect.get(kafka, symbol);
  if (typeof create !== 'function') {
    throw new InboxError('INBOX_CLIENT_UNSUPPORTED', 'this version of kafkajs does not let single messages be read');
  }
  return (create as (options: object) => Cluster)({
    metadataMaxAge: 60_000,
    allowAutoTopicCreation: false,
    isolationLevel: READ_UNCOMMITTED,
  });
}
