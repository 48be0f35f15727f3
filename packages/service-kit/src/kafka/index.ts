import { mendKafkajs } from '@outrider/outbox';
import { Kafka, logLevel, type Admin, type ITopicMetadata, type LogEntry } from 'kafkajs';

/** The part of a pino logger that is used here. */
interface Log {
  debug(object: object, message: string): void;
  info(object: object, message: string): void;
  warn(object: object, message: string): void;
  error(object: object, message: string): void;
}

/** A Kafka client whose log lines go into the process's own log. */
export function createKafka(options: { clientId: string; brokers: readonly string[]; log: Log }): Kafka {
  mendKafkajs();
  return new Kafka({
    clientId: options.clientId,
    brokers: [...options.brokers],
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    retry: { initialRetryTime: 100, maxRetryTime: 3_000, retries: 5 },
    logLevel: logLevel.WARN,
    logCreator: () => (entry: LogEntry) => {
      const { message, timestamp: _timestamp, ...rest } = entry.log;
      const fields = { kafka: entry.namespace, ...rest };
      if (isEverydayError(entry)) options.log.debug(fields, message);
      else if (entry.level === logLevel.ERROR) options.log.error(fields, message);
      else if (entry.level === logLevel.WARN) options.log.warn(fields, message);
      else options.log.debug(fields, message);
    },
  });
}

/**
 * kafkajs calls every refusal of the broker an error, also those that it answers by itself as the protocol means it:
 * joining again after a rebalance, asking again where a leader or coordinator is.
 */
function isEverydayError(entry: LogEntry): boolean {
  const { error, message } = entry.log;
  return EVERYDAY.test(typeof error === 'string' ? error : message);
}

const EVERYDAY =
  /rebalancing|does not host this topic|coordinator is not (?:available|aware)|not the (?:leader|coordinator)|no leader|leadership election|loading|given generation|member id/iu;

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly retentionMs: number;
}

/** Thrown when a topic is there but is not what it must be. */
export class TopicMismatchError extends Error {
  override readonly name = 'TopicMismatchError';
  readonly code = 'TOPIC_MISMATCH';
}

/**
 * Makes the topics that are missing and looks at those that are there. Replication follows the brokers: 3 copies
 * with 2 in sync where there are 3 brokers, else one.
 * @throws TopicMismatchError when a topic has another number of partitions: adding some would move keys.
 */
export async function ensureTopics(admin: Admin, topics: readonly TopicSpec[]): Promise<void> {
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter((topic) => !existing.has(topic.name));
  if (missing.length > 0) {
    const { brokers } = await admin.describeCluster();
    const replicationFactor = brokers.length >= 3 ? 3 : 1;
    await admin.createTopics({
      // kafkajs' own wait gives up where a broker does not know the new topic yet; see settledMetadata
      waitForLeaders: false,
      timeout: 30_000,
      topics: missing.map((topic) => ({
        topic: topic.name,
        numPartitions: topic.partitions,
        replicationFactor,
        configEntries: [
          { name: 'retention.ms', value: String(topic.retentionMs) },
          { name: 'min.insync.replicas', value: String(Math.max(1, replicationFactor - 1)) },
        ],
      })),
    });
  }
  const seen = await settledMetadata(
    admin,
    topics.map((topic) => topic.name),
  );
  for (const topic of topics) {
    const partitions = seen.find((other) => other.name === topic.name)?.partitions.length;
    if (partitions !== topic.partitions) {
      throw new TopicMismatchError(`topic ${topic.name} has ${String(partitions)} partitions, not ${topic.partitions}`);
    }
  }
}

const SETTLED_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 100;

/**
 * Topics as the brokers know them. Right after they were made, by us or by another service that migrates at the same
 * time, a broker may not know them or their leaders yet: then it is asked again, for half a minute.
 */
async function settledMetadata(admin: Admin, names: readonly string[]): Promise<readonly ITopicMetadata[]> {
  const end = performance.now() + SETTLED_WITHIN_MS;
  for (;;) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
      const led = topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
      if (led || performance.now() > end) return topics;
    } catch (error) {
      if (!isUnsettled(error) || performance.now() > end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function isUnsettled(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('type' in error)) return false;
  return error.type === 'UNKNOWN_TOPIC_OR_PARTITION' || error.type === 'LEADER_NOT_AVAILABLE';
}
