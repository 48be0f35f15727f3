import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Order } from '@outrider/contracts';
import { openPlayedShop, type PlayedShop } from './testing/played-shop.js';

let shop: PlayedShop;
let admin: string;
let safe: string;

beforeAll(async () => {
  shop = await openPlayedShop();
  admin = await shop.service.token('boss', 'admin');
  safe = await shop.product(100_000);
});
afterAll(() => shop.service.close());

const read = async ({ id }: Order): Promise<Order> =>
  (await shop.service.call('GET', `/orders/${id}`, { token: admin })).body as Order;

/** Places an order and waits until its check stands so. */
async function checked(pieces: number, check: Order['check']): Promise<Order> {
  const { body } = await shop.place(safe, pieces);
  await shop.reserves(body as Order);
  await shop.service.until(`its check is ${check}`, async () => (await read(body as Order)).check === check);
  return read(body as Order);
}

test('a small order is not checked', async () => {
  const tea = await shop.product(890);
  const { body } = await shop.place(tea, 1);
  expect(await shop.completes(body as Order)).toMatchObject({ status: 'COMPLETED' });
  expect(await read(body as Order)).not.toHaveProperty('check');
});

test('a large order passes and is sold', async () => {
  const tea = await shop.product(50_000);
  const { body } = await shop.place(tea, 1);
  await shop.completes(body as Order);
  expect(await read(body as Order)).toMatchObject({ status: 'COMPLETED', check: 'PASSED' });
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
