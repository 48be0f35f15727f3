import { expect, test } from '@jest/globals';
import { freshTopicPrefix, sharedInfra } from '@outrider/testkit';
import { Kafka, logLevel } from 'kafkajs';
import { ensureTopics } from './index.js';

const topicsOf = (prefix: string) =>
  ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ name: prefix + name, partitions: 12, retentionMs: 3_600_000 }));

test('F41 services that migrate at the same time against an empty broker all find their topics made', async () => {
  const { brokers } = await sharedInfra();
  // two installations at once: while the one's topics are made, the other's are not known everywhere yet
  const installations = [topicsOf(freshTopicPrefix()), topicsOf(freshTopicPrefix())];
  const admins = Array.from({ length: 4 }, (_, n) =>
    new Kafka({ clientId: `migrate-${n}`, brokers: [...brokers], logLevel: logLevel.NOTHING }).admin(),
  );
  await Promise.all(admins.map((admin) => admin.connect()));
  try {
    await Promise.all(admins.map((admin, n) => ensureTopics(admin, installations[n % 2]!)));
    const more = installations[0]!.map((topic) => ({ ...topic, partitions: 13 }));
    await expect(ensureTopics(admins[0]!, more)).rejects.toMatchObject({ code: 'TOPIC_MISMATCH' });
  } finally {
    await admins[0]!.deleteTopics({ topics: installations.flat().map(({ name }) => name) });
    await Promise.all(admins.map((admin) => admin.disconnect()));
  }
});
