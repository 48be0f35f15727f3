import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { outboxMigrations } from '@outrider/outbox';
import { createTopics, deleteTopics, freshDatabase, sharedInfra, until } from '@outrider/testkit';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import pg from 'pg';
import { inboxMigrations } from '../migrations/index.js';
import { uuid } from './shop.js';

test('the example of the README does what it says', async () => {
  const readme = await readFile(resolve(import.meta.dirname, '../../README.md'), 'utf8');
  const example = await readFile(resolve(import.meta.dirname, 'readme-example.ts'), 'utf8');
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);

  const { brokers } = await sharedInfra();
  const database = await freshDatabase('inbox_readme');
  const pool = new pg.Pool({ connectionString: database.url });
  pool.on('error', () => {});
  for (const { sql } of [...outboxMigrations, ...inboxMigrations]) await pool.query(sql);
  await pool.query('CREATE TABLE income(customer text, cents int)');
  await createTopics(brokers, ['payments'], 1);
  const producer = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).producer({
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  process.env['DATABASE_URL'] = database.url;
  process.env['KAFKA_BROKERS'] = brokers.join(',');
  const { inbox, pool: own } = await import('./readme-example.js');
  try {
    const paid = { key: 'ann', value: JSON.stringify({ id: uuid(), customer: 'ann', cents: 250 }) };
    await producer.send({ topic: 'payments', messages: [paid, paid, { key: 'bob', value: '<xml/>' }] });
    const rows = async (text: string) => (await pool.query(text)).rows as unknown[];
    await until('all are handled', async () => (await rows('SELECT 1 FROM inbox_parked')).length === 1);
    expect(await rows('SELECT customer,cents FROM income')).toEqual([{ customer: 'ann', cents: 250 }]);
    expect(await inbox.discardKey('payments', 'bob', { reason: 'a test', by: 'me' })).toBe(1);
  } finally {
    await inbox.stop();
    await own.end();
    await producer.disconnect();
    await deleteTopics(brokers, ['payments']);
    await pool.end();
    await database.drop();
  }
});
