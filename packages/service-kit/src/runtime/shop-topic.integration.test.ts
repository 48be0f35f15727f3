import 'reflect-metadata';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { defineShopTopic, type EncodedEvent } from '@outrider/contracts';
import { sharedInfra } from '@outrider/testkit';
import { Kafka, logLevel } from 'kafkajs';
import { z } from 'zod';
import { sqlMigrations, Transactor } from '../database/index.js';
import { startTestService, type TestService } from '../testing/index.js';
import { extendService } from './extend-service.js';
import { serviceSettings, type ServiceConfig } from './config.js';
import type { ServiceDefinition } from './service.js';
import { subscribeToShopTopic } from './subscribe.js';

// A service with a topic of a shop's own, which it sends to and reads from; the relay is played by hand.
const deliveries = defineShopTopic(
  'my-shop-delivery-event',
  { ARRIVED: z.object({ pieces: z.int() }) },
  { partitions: 3 },
);

class Core {}
const core: ServiceDefinition<ServiceConfig> = {
  name: 'inventory',
  title: 'Core',
  config: z.object(serviceSettings),
  entities: [],
  migrations: [],
  controllers: [],
  module: ({ transactor }) => ({ module: Core, providers: [{ provide: Transactor, useValue: transactor }] }),
  subscriptions: () => [],
};
const shop = extendService(core, {
  topics: [deliveries],
  migrations: sqlMigrations([{ name: 'my-shop-001', sql: 'CREATE TABLE arrived (product text, pieces int)' }]),
  subscriptions: () => [
    subscribeToShopTopic(deliveries, async ({ sql }, messages) => {
      const rows = messages.map(({ event: { key, payload } }) => ({ product: key, pieces: payload.pieces }));
      await sql.query('INSERT INTO arrived SELECT * FROM json_to_recordset($1::json) AS t(product text, pieces int)', [
        JSON.stringify(rows),
      ]);
    }),
  ],
});

let service: TestService;
let kafka: Kafka;
beforeAll(async () => {
  service = await startTestService(shop);
  kafka = new Kafka({ clientId: 'test', brokers: [...(await sharedInfra()).brokers], logLevel: logLevel.ERROR });
});
afterAll(() => service.close());

async function partitions(): Promise<number | undefined> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [service.topicPrefix + deliveries.name] });
    return topics[0]?.partitions.length;
  } finally {
    await admin.disconnect();
  }
}

async function relay({ key, payload }: Pick<EncodedEvent, 'key' | 'payload'>): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic: service.topicPrefix + deliveries.name, messages: [{ key, value: payload }] });
  await producer.disconnect();
}

test('events on a topic of the shop’s own leave if their transaction commits, and are handled once', async () => {
  expect(await partitions()).toBe(3);
  const transactor = service.app.get(Transactor);
  const arrived = (pieces: number) => ({ type: 'ARRIVED', payload: { pieces } }) as const;
  await transactor.run(async (tx) => tx.emit(deliveries, 'tea', arrived(5)));
  const failed = transactor.run(async (tx) => {
    tx.emit(deliveries, 'tea', arrived(6));
    throw new RangeError('not sold');
  });
  await expect(failed).rejects.toThrow('not sold');

  const appended = await service.sql<{ key: string; topic: string; payload: string }>(
    'SELECT msg_key AS key, topic, payload FROM outbox_event',
  );
  expect(appended).toMatchObject([{ key: 'tea', topic: 'my-shop-delivery-event' }]);
  for (const event of [...appended, ...appended]) await relay(event);
  await relay(deliveries.encode({ source: 'test', version: '1' }, 'tea', arrived(7)));
  const rows = () => service.sql('SELECT product, pieces FROM arrived ORDER BY pieces');
  await service.until('the last has arrived', async () => (await rows()).length > 1);
  expect(await rows()).toEqual([
    { product: 'tea', pieces: 5 },
    { product: 'tea', pieces: 7 },
  ]);
});
