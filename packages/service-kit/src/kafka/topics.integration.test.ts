import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freshTopicPrefix, sharedInfra } from '@outrider/testkit';
import { ConfigResourceTypes, Kafka, logLevel, type Admin } from 'kafkajs';
import { createMissingTopics, topicDifferences, type TopicSpec } from './index.js';

const topicsOf = (prefix: string): TopicSpec[] =>
  ['a', 'b', 'c'].map((name) => ({ name: prefix + name, partitions: 12, retentionMs: 3_600_000, segmentMs: 600_000 }));

let admins: Admin[];
const made: string[] = [];

beforeAll(async () => {
  const { brokers } = await sharedInfra();
  admins = Array.from({ length: 4 }, (_, n) =>
    new Kafka({ clientId: `migrate-${n}`, brokers: [...brokers], logLevel: logLevel.NOTHING }).admin(),
  );
  await Promise.all(admins.map((admin) => admin.connect()));
});
afterAll(async () => {
  const there = await admins[0]!.listTopics();
  await admins[0]!.deleteTopics({ topics: made.filter((name) => there.includes(name)) });
  await Promise.all(admins.map((admin) => admin.disconnect()));
});

function fresh(): TopicSpec[] {
  const topics = topicsOf(freshTopicPrefix());
  made.push(...topics.map(({ name }) => name));
  return topics;
}

test('F41 services that migrate at the same time against an empty broker all find their topics as they must be', async () => {
  // two installations at once: while the one's topics are made, the other's are not known everywhere yet
  const installations = [fresh(), fresh()];
  const seen = await Promise.all(
    admins.map(async (admin, n) => {
      const topics = installations[n % 2]!;
      await createMissingTopics(admin, topics);
      return topicDifferences(admin, topics);
    }),
  );
  expect(seen).toEqual([[], [], [], []]);
});

test('names every topic and every setting that differs, wanted and is, and changes none of it', async () => {
  const admin = admins[0]!;
  const topics = fresh();
  const [a, b, c] = topics.map(({ name }) => name);
  await createMissingTopics(admin, topics.slice(0, 2));
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: ConfigResourceTypes.TOPIC,
        name: b!,
        configEntries: [
          { name: 'cleanup.policy', value: 'compact' },
          { name: 'retention.ms', value: '60000' },
          { name: 'segment.ms', value: '600001' },
        ],
      },
    ],
  });
  const wanted = topics.map((topic) => ({ ...topic, partitions: 13, replication: 2, minInsync: 2 }));
  let differences = await topicDifferences(admin, wanted);
  // the broker that is asked may not know a changed setting yet
  while (!differences.some(({ setting }) => setting === 'cleanup.policy')) {
    differences = await topicDifferences(admin, wanted);
  }
  expect(differences).toEqual([
    { topic: c, setting: 'topic', wanted: 'there', is: 'missing' },
    { topic: a, setting: 'partitions', wanted: '13', is: '12' },
    { topic: a, setting: 'replication', wanted: '2', is: '1' },
    { topic: a, setting: 'min.insync.replicas', wanted: '2', is: '1' },
    { topic: b, setting: 'partitions', wanted: '13', is: '12' },
    { topic: b, setting: 'replication', wanted: '2', is: '1' },
    { topic: b, setting: 'min.insync.replicas', wanted: '2', is: '1' },
    { topic: b, setting: 'retention.ms', wanted: '3600000', is: '60000' },
    { topic: b, setting: 'segment.ms', wanted: '600000', is: '600001' },
    { topic: b, setting: 'cleanup.policy', wanted: 'delete', is: 'compact' },
  ]);
  expect(await topicDifferences(admin, topics.slice(0, 1))).toEqual([]);
  expect(await admin.listTopics()).not.toContain(c);
});
