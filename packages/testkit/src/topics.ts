import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel, type Admin } from 'kafkajs';

/** What a broker says of a topic that it is only just hearing of. */
const NOT_YET = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE']);

const LED_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 50;

/** Brokers that take anybody, or a client that may make topics on those that do not. */
export type TopicAdministrator = readonly string[] | Kafka;

/**
 * Makes topics; those that exist stay as they are. Returns when their leaders are known.
 * @param copies of each partition, on brokers of their own
 */
export async function createTopics(
  brokers: TopicAdministrator,
  names: readonly string[],
  partitions: number,
  copies = 1,
): Promise<void> {
  await withAdmin(brokers, async (admin) => {
    await admin.createTopics({
      // kafkajs's own waiting gives up where the broker does not know the new topic yet, as happens under load
      waitForLeaders: false,
      topics: names.map((topic) => ({ topic, numPartitions: partitions, replicationFactor: copies })),
    });
    const deadline = Date.now() + LED_WITHIN_MS;
    while (!(await haveLeaders(admin, names))) {
      if (Date.now() > deadline) throw new Error(`no leader after ${LED_WITHIN_MS / 1_000} s: ${names.join(', ')}`);
      await sleep(LOOK_EVERY_MS);
    }
  });
}

async function haveLeaders(admin: Admin, names: readonly string[]): Promise<boolean> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
    return topics.every((topic) => topic.partitions.every(({ leader }) => leader >= 0));
  } catch (error) {
    if (!NOT_YET.has((error as { type?: string }).type ?? '')) throw error;
    return false;
  }
}

/** Deletes topics. Rejects when one does not exist. */
export async function deleteTopics(brokers: TopicAdministrator, names: readonly string[]): Promise<void> {
  await withAdmin(brokers, (admin) => admin.deleteTopics({ topics: [...names] }));
}

/** Deletes the topics whose names begin so. */
export async function deleteTopicsOf(brokers: TopicAdministrator, prefix: string): Promise<void> {
  await withAdmin(brokers, async (admin) => {
    const topics = (await admin.listTopics()).filter((name) => name.startsWith(prefix));
    if (topics.length > 0) await admin.deleteTopics({ topics });
  });
}

async function withAdmin(brokers: TopicAdministrator, work: (admin: Admin) => Promise<unknown>): Promise<void> {
  const kafka =
    'admin' in brokers
      ? brokers
      : // what matters rejects; kafkajs also calls it an error that a topic is there already
        new Kafka({ clientId: 'outrider-testkit', brokers: [...brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.disconnect();
  }
}
