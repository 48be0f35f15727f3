import { afterAll, describe, expect, test } from '@jest/globals';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import pg from 'pg';
import { until } from '../until.js';
import { createDatabase, dropDatabase } from '../databases.js';
import { createTopics, deleteTopics } from '../topics.js';
import { freshDatabase, freshTopicPrefix, SHARED_INFRA_VARIABLES, sharedInfra } from './shared-infra.js';

const open: { drop(): Promise<void> }[] = [];
afterAll(async () => {
  await Promise.all(open.map((database) => database.drop()));
});

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

describe('a fresh database', () => {
  test('is empty and this suite’s own', async () => {
    const [one, two] = [await freshDatabase('suite'), await freshDatabase('suite')];
    open.push(one, two);
    expect(one.url).not.toBe(two.url);
    await connected(one.url, (client) => client.query('CREATE TABLE t (n int)'));
    const tables = await connected(two.url, async (client) => {
      return (await client.query(`SELECT 1 FROM pg_tables WHERE schemaname='public'`)).rows;
    });
    expect(tables).toEqual([]);
  });

  test('can be dropped while sessions are in it, and twice', async () => {
    const database = await freshDatabase();
    const client = new pg.Client({ connectionString: database.url });
    const errors: unknown[] = [];
    client.on('error', (error) => errors.push(error));
    const ended = new Promise<void>((resolve) => client.once('end', resolve));
    await client.connect();
    await database.drop();
    await database.drop();
    await ended;
    expect(errors[0]).toMatchObject({ code: '57P01' });
    await expect(connected(database.url, () => Promise.resolve())).rejects.toMatchObject({ code: '3D000' });
  });

  test('is made once: one that is there keeps what it holds', async () => {
    const { postgresUrl } = await sharedInfra();
    const name = `suite_${freshTopicPrefix().slice(0, -1)}`;
    const url = await createDatabase(postgresUrl, name);
    open.push({ drop: () => dropDatabase(postgresUrl, name) });
    await connected(url, (client) => client.query('CREATE TABLE t (n int)'));
    expect(await createDatabase(postgresUrl, name)).toBe(url);
    await connected(url, (client) => client.query('SELECT n FROM t'));
  });

  test('with a name that PostgreSQL would cut silently is refused', async () => {
    const { postgresUrl } = await sharedInfra();
    await expect(createDatabase(postgresUrl, 'x'.repeat(64))).rejects.toThrow('at most 63 characters');
  });
});

describe('topics', () => {
  test('are made with a suite’s prefix, once, and can be deleted', async () => {
    const { brokers } = await sharedInfra();
    const [one, two] = [freshTopicPrefix(), freshTopicPrefix()];
    expect(one).not.toBe(two);
    const names = [`${one}a`, `${one}b`];
    await createTopics(brokers, names, 3);
    await createTopics(brokers, names, 3);
    const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: names });
      const found = topics.map(({ name, partitions }) => `${name} ${partitions.length}`);
      expect(found.toSorted()).toEqual([`${names[0]} 3`, `${names[1]} 3`]);
      await deleteTopics(brokers, names);
      await until('both are gone', async () => !(await admin.listTopics()).some((name) => name.startsWith(one)));
    } finally {
      await admin.disconnect();
    }
  });
});

test('a topic is there for the next one who asks, also while others are being made', async () => {
  const { brokers } = await sharedInfra();
  const prefix = freshTopicPrefix();
  const names = Array.from({ length: 20 }, (_, n) => `${prefix}${n}`);
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  await Promise.all(
    names.map(async (topic) => {
      await createTopics(brokers, [topic], 12);
      const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
      await producer.connect();
      await producer.send({ topic, messages: [{ value: 'v' }] });
      await producer.disconnect();
    }),
  );
  await deleteTopics(brokers, names);
});

test('a test without started servers says how to get them', async () => {
  const name = SHARED_INFRA_VARIABLES.postgresUrl;
  const url = process.env[name];
  delete process.env[name];
  try {
    await expect(sharedInfra()).rejects.toMatchObject({ code: 'INFRA_NOT_STARTED' });
  } finally {
    process.env[name] = url;
  }
});
