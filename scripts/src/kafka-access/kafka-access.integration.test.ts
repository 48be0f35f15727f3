import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { kafkajsOptions, kafkaSettings, type KafkaServer } from '@outrider/connections';
import { TOPIC_NAMES, TOPICS, type Service, type Topic } from '@outrider/contracts';
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

/** 'done', or what the broker said. */
async function outcome(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: Error) => error.message,
  );
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

  test.each(TOPIC_NAMES)('%s is written by the worker, and by no service', async (topic) => {
    expect(await outcome(write('outbox-worker', topic))).toBe('done');
    for (const service of SERVICES) expect(await outcome(write(service, topic))).toMatch(REFUSED);
  });

  test.each(SERVICES)('%s reads its topics in its own group, and no others', async (service) => {
    for (const topic of TOPIC_NAMES) {
      const attempt = () => outcome(read(service, `outrider.${service}`, topic));
      if (readersOf(topic).includes(service)) {
        // a group that is used for the first time may have no coordinator yet
        let found = await attempt();
        for (let tries = 0; found !== 'done' && tries < 10; tries += 1) found = await attempt();
        expect([topic, found]).toEqual([topic, 'done']);
      } else expect([topic, await attempt()]).toEqual([topic, expect.stringMatching(REFUSED)]);
    }
    const [own] = TOPIC_NAMES.filter((topic) => readersOf(topic).includes(service));
    const strange = service === 'order' ? 'outrider.payment' : 'outrider.order';
    expect(await outcome(read(service, strange, own!))).toMatch(REFUSED);
  });

  test('the worker reads nothing', async () => {
    expect(await outcome(read('outbox-worker', 'outrider.order', 'order-event'))).toMatch(REFUSED);
  });
});
