import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { kafkajsOptions, kafkaSettings, type KafkaServer } from '@outrider/connections';
import { EVENT_TYPE_FACTS, TOPIC_NAMES, TOPICS, type Service, type Topic } from '@outrider/contracts';
import { readConfig } from '@outrider/service-kit/config';
import { migrateService } from '@outrider/service-kit/runtime';
import { freshDatabase, OwnKafka } from '@outrider/testkit';
import { createAuthority } from '@outrider/testkit/certificates';
import { Kafka, logLevel } from 'kafkajs';
import { z } from 'zod';
import { PROJECT_ROOT } from '../run/project.js';
import { grantKafkaRights } from './grant-kafka-rights.js';
import { kafkaRights } from './kafka-rights.js';
import { renderKafkaAccess } from './render.js';

const PREFIX = 'shop.';
const USERS = [...new Set(kafkaRights(PREFIX).map(({ user }) => user))];
const SERVICES: readonly Service[] = ['order', 'inventory', 'payment', 'product'];
const readersOf = (topic: Topic): readonly Service[] => TOPICS[topic].readers;
/** kafkajs says of a group that may not be used no more than that its coordinator was not found. */
const REFUSED = /authoriz|Failed to find group coordinator/iu;

let folder: string;
let broker: OwnKafka;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrider-kafka-access-'));
  const authority = await createAuthority();
  await writeFile(join(folder, 'ca.crt'), authority.cert);
  broker = await OwnKafka.open({
    certificate: await authority.issue({ name: 'kafka', hosts: ['localhost', '127.0.0.1'] }),
    authority: authority.cert,
    adminPassword: 'password',
    passwords: Object.fromEntries(USERS.map((user) => [user, 'password'])),
  });
  const admin = clientOf('admin').admin();
  await admin.connect();
  await grantKafkaRights(admin, PREFIX);
  await admin.disconnect();
}, 180_000);
afterAll(async () => {
  await broker?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const env = (user: string): Record<string, string> => ({
  KAFKA_BROKERS: broker.broker,
  KAFKA_TLS: 'true',
  KAFKA_CA_FILE: join(folder, 'ca.crt'),
  KAFKA_SASL_MECHANISM: 'scram-sha-512',
  KAFKA_USERNAME: user,
  KAFKA_PASSWORD: 'password',
});
const serverOf = (user: string): KafkaServer => readConfig(z.object({ KAFKA: kafkaSettings }), env(user)).KAFKA;
const clientOf = (user: string): Kafka =>
  new Kafka({ clientId: user, ...kafkajsOptions(serverOf(user)), logLevel: logLevel.NOTHING, retry: { retries: 2 } });

/** Tries of what may not be allowed yet: a rule, and the coordinator of a new group, are there some time after they are made. */
const MOST_TRIES = 20;

/** 'done', or what the broker said. */
async function outcome(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: Error) => error.message,
  );
}

/** Tries until it is done; returns what was said last. */
async function allowed(work: () => Promise<unknown>): Promise<string> {
  let said = await outcome(work());
  for (let tries = 1; said !== 'done' && tries < MOST_TRIES; tries += 1) {
    await sleep(500);
    said = await outcome(work());
  }
  return said;
}

/** Tries until the broker has refused it, or done it: a connection that takes too long says nothing about rights. */
async function refused(work: () => Promise<unknown>): Promise<string> {
  let said = await outcome(work());
  for (let tries = 1; said !== 'done' && !REFUSED.test(said) && tries < MOST_TRIES; tries += 1) {
    said = await outcome(work());
  }
  return said;
}

async function write(user: string, topic: Topic): Promise<void> {
  const producer = clientOf(user).producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    await producer.send({ topic: PREFIX + topic, acks: -1, messages: [{ key: 'k', value: topic, partition: 0 }] });
  } finally {
    await producer.disconnect();
  }
}

/** Reads the first message of a topic as a member of a group. */
async function read(user: string, group: string, topic: Topic): Promise<void> {
  const consumer = clientOf(user).consumer({ groupId: PREFIX + group, retry: { retries: 0 } });
  try {
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      setTimeout(() => reject(new Error('nothing came')), 5_000).unref();
      void (async () => {
        await consumer.connect();
        await consumer.subscribe({ topic: PREFIX + topic, fromBeginning: true });
        await consumer.run({ autoCommit: true, eachMessage: () => Promise.resolve(resolve()) });
      })().catch(reject);
    });
  } finally {
    await consumer.disconnect().catch(() => undefined);
  }
}

test('the document is what the rights are', async () => {
  expect(renderKafkaAccess()).toBe(await readFile(join(PROJECT_ROOT, 'docs/kafka-access.md'), 'utf8'));
});

describe('on a broker that denies by default', () => {
  beforeAll(async () => {
    const database = await freshDatabase('kafka_access');
    try {
      const settings = {
        ...env('migrate'),
        DATABASE_URL: database.url,
        KAFKA_TOPIC_PREFIX: PREFIX,
        LOG_LEVEL: 'silent',
      };
      await migrateService({ name: 'shop', migrations: [] }, settings);
      // what is there and right is not created again
      await migrateService({ name: 'shop', migrations: [] }, { ...settings, KAFKA_TOPICS: 'verify' });
    } finally {
      await database.drop();
    }
  }, 60_000);

  // what programs of a shop's own send the worker does not write
  test.each(TOPIC_NAMES)('%s is written by the worker if services send it, and by no service itself', async (topic) => {
    const senders = new Set(EVENT_TYPE_FACTS[topic].map(({ about }) => about.from));
    if (!senders.has('shop')) expect(await allowed(() => write('outbox-worker', topic))).toBe('done');
    else {
      expect(await refused(() => write('outbox-worker', topic))).toMatch(REFUSED);
      expect(await allowed(() => write('admin', topic))).toBe('done');
    }
    for (const service of SERVICES) expect(await refused(() => write(service, topic))).toMatch(REFUSED);
  });

  test.each(SERVICES)('%s reads its topics in its own group, and no others', async (service) => {
    const readIn = (group: string, topic: Topic) => () => read(service, `outrider.${group}`, topic);
    const own = TOPIC_NAMES.filter((topic) => readersOf(topic).includes(service));
    // these first: then its group has a coordinator, and who is refused is refused for the topic
    for (const topic of own) expect([topic, await allowed(readIn(service, topic))]).toEqual([topic, 'done']);
    for (const topic of TOPIC_NAMES.filter((name) => !own.includes(name))) {
      expect([topic, await refused(readIn(service, topic))]).toEqual([topic, expect.stringMatching(REFUSED)]);
    }
    const strange = service === 'order' ? 'payment' : 'order';
    expect(await refused(readIn(strange, own[0]!))).toMatch(REFUSED);
  });

  test('the worker reads nothing', async () => {
    expect(await refused(() => read('outbox-worker', 'outrider.order', 'order-event'))).toMatch(REFUSED);
  });

  describe('where no rights have been given yet', () => {
    const LATE = 'late.';
    let database: Awaited<ReturnType<typeof freshDatabase>>;
    beforeAll(async () => {
      database = await freshDatabase('kafka_rights');
    });
    afterAll(() => database.drop());
    const migrate = (more: NodeJS.ProcessEnv): Promise<void> =>
      migrateService(
        { name: 'shop', migrations: [] },
        {
          ...env('migrate'),
          DATABASE_URL: database.url,
          KAFKA_TOPIC_PREFIX: LATE,
          LOG_LEVEL: 'silent',
          ...more,
        },
      );

    test('F39 migrate says which topics it may not make, each by name', async () => {
      const failed = await migrate({ MIGRATE_WAIT_MS: '0' }).catch((error: Error) => error);
      expect(failed).toMatchObject({ code: 'TOPICS_REFUSED', lacksRights: true });
      const lines = (failed as Error).message.split('\n');
      expect(lines).toEqual([
        'Kafka does not give this login the rights that migrate needs:',
        ...TOPIC_NAMES.toSorted().map((topic) => expect.stringMatching(`^  ${LATE}${topic}: .*uthoriz`)),
        'docs/kafka-access.md lists them.',
      ]);
    });

    test('and of topics that are somebody else’s, that it may not see them', async () => {
      await expect(migrate({ MIGRATE_WAIT_MS: '0', KAFKA_TOPICS: 'verify' })).rejects.toThrow(
        /wanted there, is missing\n[^]*A topic that this login may not describe is missing as well\.$/u,
      );
    });

    test('F39 it waits for them', async () => {
      const migrated = outcome(migrate({}));
      // so that it is refused first
      await sleep(1_500);
      const admin = clientOf('admin').admin();
      await admin.connect();
      await grantKafkaRights(admin, LATE);
      await admin.disconnect();
      expect(await migrated).toBe('done');
      await migrate({ KAFKA_TOPICS: 'verify', MIGRATE_WAIT_MS: '0' });
    });
  });
});
