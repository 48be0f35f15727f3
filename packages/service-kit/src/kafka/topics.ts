import kafkajs, { type Admin, type ITopicMetadata } from 'kafkajs';

// a CommonJS module whose enumerations Node does not see as exports by name
const { ConfigResourceTypes } = kafkajs;

/** A topic as it must be. */
export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  /** how long events are kept, in milliseconds */
  readonly retentionMs: number;
  /** after how long at the latest a piece of the log is closed, in milliseconds: only closed ones are deleted */
  readonly segmentMs: number;
  /** copies of each partition; by default 3 where there are three brokers or more, else 1 */
  readonly replication?: number | undefined;
  /** copies that must have an event before it counts as written; by default one fewer than there are, at least 1 */
  readonly minInsync?: number | undefined;
}

/** Something about a topic that is not as it must be. `is`: `missing` when there is no such topic. */
export interface TopicDifference {
  readonly topic: string;
  readonly setting:
    | 'topic'
    | 'partitions'
    | 'replication'
    | 'min.insync.replicas'
    | 'retention.ms'
    | 'segment.ms'
    | 'cleanup.policy';
  readonly wanted: string;
  readonly is: string;
}

/** Thrown when topics are not what they must be; the message has a line for each difference. */
export class TopicMismatchError extends Error {
  override readonly name = 'TopicMismatchError';
  readonly code = 'TOPIC_MISMATCH';

  constructor(readonly differences: readonly TopicDifference[]) {
    super(
      [
        'The topics are not as they must be:',
        ...differences.map(({ topic, setting, wanted, is }) => `  ${topic}: ${setting}: wanted ${wanted}, is ${is}`),
        ...(differences.some(({ setting }) => setting === 'topic')
          ? ['A topic that this login may not describe is missing as well.']
          : []),
      ].join('\n'),
    );
  }
}

/**
 * Creates the topics that are missing, and waits until the brokers know all of them. Those that are there are left as
 * they are.
 * @returns the names of the new ones
 */
export async function createMissingTopics(admin: Admin, topics: readonly TopicSpec[]): Promise<readonly string[]> {
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter((topic) => !existing.has(topic.name));
  if (missing.length > 0) await createTopics(admin, missing);
  await metadataWithLeaders(
    admin,
    topics.map(({ name }) => name),
  );
  return missing.map(({ name }) => name);
}

async function createTopics(admin: Admin, missing: readonly TopicSpec[]): Promise<void> {
  const { brokers } = await admin.describeCluster();
  await admin.createTopics({
    // kafkajs' own wait gives up where a broker does not know the new topic yet; see metadataWithLeaders
    waitForLeaders: false,
    timeout: 30_000,
    topics: missing.map((topic) => {
      const { replication, minInsync } = copiesOf(topic, brokers.length);
      return {
        topic: topic.name,
        numPartitions: topic.partitions,
        replicationFactor: replication,
        configEntries: [
          { name: 'retention.ms', value: String(topic.retentionMs) },
          { name: 'segment.ms', value: String(topic.segmentMs) },
          { name: 'min.insync.replicas', value: String(minInsync) },
          { name: 'cleanup.policy', value: 'delete' },
        ],
      };
    }),
  });
}

/** What about the topics is not as it must be; looks only. */
export async function topicDifferences(admin: Admin, topics: readonly TopicSpec[]): Promise<TopicDifference[]> {
  const existing = new Set(await admin.listTopics());
  const there = topics.filter(({ name }) => existing.has(name));
  const missing = topics
    .filter(({ name }) => !existing.has(name))
    .map(({ name }): TopicDifference => ({ topic: name, setting: 'topic', wanted: 'there', is: 'missing' }));
  if (there.length === 0) return missing;
  const names = there.map(({ name }) => name);
  const [{ brokers }, metadata, settings] = [
    await admin.describeCluster(),
    await metadataWithLeaders(admin, names),
    await settingsOf(admin, names),
  ];
  return [
    ...missing,
    ...there.flatMap((topic) => {
      const { partitions } = metadata.find(({ name }) => name === topic.name) ?? { partitions: [] };
      const { replication, minInsync } = copiesOf(topic, brokers.length);
      const copies = partitions.map(({ replicas }) => replicas.length);
      const set = settings.get(topic.name) ?? new Map<string, string>();
      const pairs = [
        ['partitions', topic.partitions, partitions.length],
        ['replication', replication, Math.min(...copies)],
        ['min.insync.replicas', minInsync, set.get('min.insync.replicas')],
        ['retention.ms', topic.retentionMs, set.get('retention.ms')],
        // sooner is as good
        ['segment.ms', topic.segmentMs, Math.max(topic.segmentMs, Number(set.get('segment.ms')))],
        ['cleanup.policy', 'delete', set.get('cleanup.policy')],
      ] as const;
      return pairs
        .filter(([, wanted, is]) => String(wanted) !== String(is))
        .map(([setting, wanted, is]) => ({ topic: topic.name, setting, wanted: String(wanted), is: String(is) }));
    }),
  ];
}

/** Topics that have another number of partitions than was decided, with how many they have; looks once, waits for none. */
export async function strangePartitions(
  admin: Admin,
  topics: readonly Pick<TopicSpec, 'name' | 'partitions'>[],
): Promise<{ readonly name: string; readonly decided: number; readonly found: number }[]> {
  // asked for one that is not there, kafkajs says nothing of the others
  const there = new Set(await admin.listTopics());
  const names = topics.flatMap(({ name }) => (there.has(name) ? [name] : []));
  if (names.length === 0) return [];
  const { topics: seen } = await admin.fetchTopicMetadata({ topics: names });
  return topics.flatMap(({ name, partitions: decided }) => {
    const found = seen.find((other) => other.name === name)?.partitions.length ?? 0;
    return found === decided || found === 0 ? [] : [{ name, decided, found }];
  });
}

function copiesOf({ replication = 0, minInsync }: TopicSpec, brokers: number) {
  const copies = replication > 0 ? replication : brokers >= 3 ? 3 : 1;
  return { replication: copies, minInsync: minInsync ?? Math.max(1, copies - 1) };
}

async function settingsOf(admin: Admin, names: readonly string[]): Promise<Map<string, Map<string, string>>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({
      type: ConfigResourceTypes.TOPIC,
      name,
      configNames: ['min.insync.replicas', 'retention.ms', 'segment.ms', 'cleanup.policy'],
    })),
  });
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
}

const LEADERS_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 100;

/**
 * Topics as the brokers know them. Right after they were created, by us or by another service that migrates at the same
 * time, a broker may not know them or their leaders yet: then it is asked again, for half a minute.
 */
async function metadataWithLeaders(admin: Admin, names: readonly string[]): Promise<readonly ITopicMetadata[]> {
  const end = performance.now() + LEADERS_WITHIN_MS;
  for (;;) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
      const led = topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
      if (led || performance.now() > end) return topics;
    } catch (error) {
      if (!lacksLeader(error) || performance.now() > end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function lacksLeader(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('type' in error)) return false;
  return error.type === 'UNKNOWN_TOPIC_OR_PARTITION' || error.type === 'LEADER_NOT_AVAILABLE';
}
