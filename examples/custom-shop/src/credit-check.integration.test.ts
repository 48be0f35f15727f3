import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { plainKafka } from '@outrider/connections';
import type { Order } from '@outrider/contracts';
import { createLogger } from '@outrider/service-kit/logging';
import { sharedInfra } from '@outrider/testkit';
import { startCreditCheck, type RunningCreditCheck } from './credit-check/start-credit-check.js';
import { openPlayedShop, type PlayedShop } from './testing/played-shop.js';

let shop: PlayedShop;
let admin: string;
let safe: string;
let programs: RunningCreditCheck[] = [];

beforeAll(async () => {
  shop = await openPlayedShop();
  admin = await shop.service.token('boss', 'admin');
  safe = await shop.product(100_000);
  await openProgram();
});
afterAll(async () => {
  await closePrograms();
  await shop.service.close();
});

/** One more process that answers checks. */
async function openProgram(): Promise<void> {
  const { brokers } = await sharedInfra();
  const { topicPrefix } = shop.service;
  const config = { KAFKA: plainKafka(brokers), KAFKA_TOPIC_PREFIX: topicPrefix, LOG_LEVEL: 'error' as const };
  programs.push(await startCreditCheck(config, createLogger('credit-check', config.LOG_LEVEL)));
}

async function closePrograms(): Promise<void> {
  await Promise.all(programs.map((program) => program.close()));
  programs = [];
}

const read = async ({ id }: Order): Promise<Order> =>
  (await shop.service.call('GET', `/orders/${id}`, { token: admin })).body as Order;

/** Places an order, whose stock is reserved; the program is asked about it, and about all before it once more. */
async function placed(productId: string, pieces: number): Promise<Order> {
  const { body } = await shop.place(productId, pieces);
  const order = body as Order;
  await shop.reserves(order);
  await shop.service.until('its check is asked', async () =>
    (await shop.service.emitted('check-event')).some(({ orderId }) => orderId === order.id),
  );
  await shop.relay('check-event');
  return order;
}

/** Places an order and waits until its check stands so. */
async function checked(pieces: number, check: Order['check']): Promise<Order> {
  const body = await placed(safe, pieces);
  await shop.service.until(`its check is ${check}`, async () => (await read(body)).check === check);
  return read(body);
}

test('a small order is not checked', async () => {
  const tea = await shop.product(890);
  const { body } = await shop.place(tea, 1);
  expect(await shop.completes(body as Order)).toMatchObject({ status: 'COMPLETED' });
  expect(await read(body as Order)).not.toHaveProperty('check');
});

test('a large order passes and is sold', async () => {
  const tea = await shop.product(50_000);
  const order = await placed(tea, 1);
  await shop.completes(order);
  expect(await read(order)).toMatchObject({ status: 'COMPLETED', check: 'PASSED' });
});

test('a very large order waits for a person, who lets it pass', async () => {
  const order = await checked(2, 'REVIEW');
  const list = await shop.service.call('GET', '/orders?check=REVIEW', { token: admin });
  expect((list.body as unknown as { data: Order[] }).data.map(({ id }) => id)).toEqual([order.id]);
  const decided = await shop.service.call('POST', `/orders/${order.id}/check`, {
    token: admin,
    body: { decision: 'pass', reason: 'A customer of many years' },
  });
  expect(decided).toMatchObject({ status: 200, body: { status: 'PAYING', check: 'PASSED' } });
  expect(await shop.completes(order)).toMatchObject({ status: 'COMPLETED' });
});

test('more than the shop delivers on one order is refused, and customers see the shop’s code', async () => {
  const order = await checked(6, 'REFUSED');
  expect(order).toMatchObject({ status: 'COMPENSATING', reason: 'check-refused', checkCode: 'credit-limit' });
});

test('what was asked while no program ran is answered by the next; what is no question is passed over', async () => {
  await closePrograms();
  const order = await placed(safe, 6);
  await shop.service.publishRaw('check-event', order.id, 'nonsense');
  await openProgram();
  await shop.service.until('it is refused', async () => (await read(order)).check === 'REFUSED');
  await shop.service.publishRaw('check-event', order.id, null);
  expect(await checked(7, 'REFUSED')).toMatchObject({ checkCode: 'credit-limit' });
});
