import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { plainKafka, postgresAt } from '@outrider/connections';
import { createLogger } from '@outrider/service-kit/logging';
import { freshDatabase, sharedInfra } from '@outrider/testkit';
import pg from 'pg';
import { openPlayedShop, type PlayedShop } from './testing/played-shop.js';
import { startWarehouse, type Warehouse } from './warehouse/start-warehouse.js';

let shop: PlayedShop;
let database: Awaited<ReturnType<typeof freshDatabase>>;
let pool: pg.Pool;
let warehouses: Warehouse[] = [];

beforeAll(async () => {
  shop = await openPlayedShop();
  database = await freshDatabase('warehouse');
  pool = new pg.Pool({ connectionString: database.url, max: 2 });
});
afterAll(async () => {
  await closeWarehouses();
  await pool.end();
  await database.drop();
  await shop.service.close();
});

async function openWarehouse(): Promise<void> {
  const { brokers } = await sharedInfra();
  const config = {
    DATABASE: postgresAt(database.url),
    KAFKA: plainKafka(brokers),
    KAFKA_CLIENT: 'kafkajs' as const,
    KAFKA_TOPIC_PREFIX: shop.service.topicPrefix,
    LOG_LEVEL: 'error' as const,
  };
  warehouses.push(await startWarehouse(config, createLogger('warehouse', config.LOG_LEVEL)));
}

async function closeWarehouses(): Promise<void> {
  await Promise.all(warehouses.map((warehouse) => warehouse.close()));
  warehouses = [];
}

const rows = async (text: string, values: readonly unknown[] = []): Promise<unknown[]> =>
  (await pool.query(text, [...values])).rows as unknown[];
const slipsOf = (orderId: string) =>
  rows('SELECT customer_id, reference, lines, shipping_paid::int FROM packing_slip WHERE order_id=$1', [orderId]);

/** Waits until the warehouse has read so many messages of its topic. */
async function read(messages: number): Promise<void> {
  await shop.service.until(`${messages} messages were read`, async () => {
    const [row] = (await rows('SELECT coalesce(sum(next_offset),0)::int AS read FROM inbox_offset')) as {
      read: number;
    }[];
    return row?.read === messages;
  });
}

test('F28 shipping is part of the total, of expectedTotal, and of what payment is asked for; free from its threshold', async () => {
  const tea = await shop.product(890);
  const small = await shop.place(tea, 2, { expectedTotal: 1_780 + 490 });
  const shipping = [{ kind: 'shipping', label: 'Shipping', amount: 490 }];
  expect(small).toMatchObject({ status: 201, body: { total: 2_270, adjustments: shipping } });
  expect(await shop.place(tea, 2, { expectedTotal: 1_780 })).toMatchObject({
    status: 409,
    body: { type: '/problems/price-changed', total: 2_270 },
  });
  const large = await shop.place(tea, 6, { expectedTotal: 5_340 });
  expect(large).toMatchObject({ status: 201, body: { total: 5_340, adjustments: [] } });

  const completed = await shop.completes(small.body);
  expect(completed).toMatchObject({ total: 2_270, adjustments: shipping });
  const asked = (await shop.service.emitted('payment-event')).filter(({ orderId }) => orderId === completed.id);
  expect(asked.map(({ payload }) => 'amount' in payload && payload.amount)).toEqual([2_270, 2_270]);
});

test('the warehouse has one slip of a completed order, however often and to whomever the events come', async () => {
  const tea = await shop.product(300);
  const { body: completed } = await shop.place(tea, 3, { reference: 'for Bob' });
  const { body: open } = await shop.place(tea, 1);
  await shop.completes(completed);
  const published = (await shop.service.emitted('order-lifecycle-event')).filter(
    ({ orderId }) => orderId === completed.id,
  );
  const shipping = [{ kind: 'shipping', label: 'Shipping', amount: 490 }];
  expect(published.map(({ eventType, payload }) => [eventType, payload.total, payload.adjustments])).toEqual([
    ['ORDER_PLACED', 1_390, shipping],
    ['ORDER_COMPLETED', 1_390, shipping],
  ]);

  await openWarehouse();
  const sent = await shop.relay();
  await read(sent);
  const slip = {
    customer_id: 'alice',
    reference: 'for Bob',
    lines: [{ sku: `SKU-${tea.slice(-8)}`, quantity: 3 }],
    shipping_paid: 490,
  };
  expect(await slipsOf(completed.id)).toEqual([slip]);
  expect(await slipsOf(open.id)).toEqual([]);

  // the worker died before it knew, and sends all of it once more; meanwhile a second process joins
  await openWarehouse();
  await shop.relay();
  await read(2 * sent);
  expect(await slipsOf(completed.id)).toEqual([slip]);

  // the warehouse's positions are lost: everything is read from the beginning
  await closeWarehouses();
  await rows('UPDATE inbox_offset SET next_offset=0');
  await openWarehouse();
  await read(2 * sent);
  expect(await slipsOf(completed.id)).toEqual([slip]);
  expect(await rows('SELECT reason FROM inbox_parked')).toEqual([]);
});
