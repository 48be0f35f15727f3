import { Kafka, logLevel, type Admin, type LogEntry } from 'kafkajs';

/** The part of a pino logger that is used here. */
interface Log {
  debug(object: object, message: string): void;
  info(object: object, message: string): void;
  warn(object: object, message: string): void;
  error(object: object, message: string): void;
}

/** A Kafka client whose log lines go into the process's own log. */
export function createKafka(options: { clientId: string; brokers: readonly string[]; log: Log }): Kafka {
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
  /rebalancing|coordinator is not (?:available|aware)|not the (?:leader|coordinator)|no leader|leadership election|loading|given generation|member id/iu;

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
      waitForLeaders: true,
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
  const { topics: seen } = await admin.fetchTopicMetadata({ topics: topics.map((topic) => topic.name) });
  for (const topic of topics) {
    const partitions = seen.find((other) => other.name === topic.name)?.partitions.length;
    if (partitions !== topic.partitions) {
      throw new TopicMismatchError(`topic ${topic.name} has ${String(partitions)} partitions, not ${topic.partitions}`);
    }
  }
}
