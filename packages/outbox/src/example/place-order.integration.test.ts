import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createTopics, deleteTopics, freshDatabase, freshTopicPrefix, sharedInfra, until } from '@outrider/testkit';
import pg from 'pg';
import { KafkaReader } from '../testing/kafka-reader.js';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let brokers: readonly string[];
let topic: string;
beforeEach(async () => {
  database = await freshDatabase('example');
  ({ brokers } = await sharedInfra());
  const prefix = freshTopicPrefix();
  topic = `${prefix}orders`;
  await createTopics(brokers, [topic], 3);
  Object.assign(process.env, {
    DATABASE_URL: database.url,
    KAFKA_BROKERS: brokers.join(','),
    TOPIC_PREFIX: prefix,
  });
});
afterEach(async () => {
  await deleteTopics(brokers, [topic]);
  await database.drop();
});

test('the example of the README places an order and its event arrives', async () => {
  await import('./place-order.js');
  const reader = await KafkaReader.open(brokers, topic);
  await until('the event is there', () => reader.received.length > 0);
  await reader.close();
  expect(reader.firsts()).toMatchObject([{ key: 'order-1', value: '{"total":4200}' }]);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  expect((await client.query('SELECT id,total FROM orders')).rows).toEqual([{ id: 'order-1', total: 4200 }]);
  await client.end();
});

test('the README shows the example as it is', async () => {
  const [readme, example] = await Promise.all(
    ['../../README.md', './place-order.ts'].map((path) => readFile(new URL(path, import.meta.url), 'utf8')),
  );
  // all but the line that is for the lint
  const shown = example?.slice(example.indexOf('\n') + 1);
  expect(readme).toContain('```ts\n' + shown + '```');
});
