import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CallResult } from '@outrider/service-kit/testing';
import { openShop, type Product, type Shop } from './testing/shop.js';

let shop: Shop;
let dinar: Product;
let ariary: Product;

beforeAll(async () => {
  shop = await openShop({ PAYMENT_PROVIDER: 'stripe' });
  // as product took them before it knew the rule
  dinar = await shop.product({ price: 5_125, currency: 'KWD' });
  ariary = await shop.product({ price: 550, currency: 'MGA' });
});
afterAll(() => shop.service.close());

const countOrders = async () => (await shop.service.sql<{ n: number }>('SELECT count(*)::int AS n FROM orders'))[0]?.n;
const place = ({ id, currency }: Product, quantity: number, more: object = {}): Promise<CallResult> =>
  shop.place({ items: [{ productId: id, quantity }], more: { currency, ...more } });
const refused = (step: number) => ({
  status: 409,
  body: { type: '/problems/amount-not-supported', detail: expect.stringContaining(String(step)), step },
});

test('a total that the provider could never charge is refused, and nothing is written', async () => {
  const before = await countOrders();
  expect(await place(dinar, 1)).toMatchObject(refused(10));
  expect(await place(dinar, 3)).toMatchObject(refused(10));
  expect(await place(ariary, 1)).toMatchObject(refused(100));
  // what the customer was shown counts first
  expect(await place(dinar, 1, { expectedTotal: 1 })).toMatchObject({ body: { type: '/problems/price-changed' } });
  expect(await countOrders()).toBe(before);
  expect(await place(dinar, 2)).toMatchObject({ status: 201, body: { total: 10_250 } });
  expect(await place(ariary, 2)).toMatchObject({ status: 201, body: { total: 1_100 } });
});

test('a refund that the provider could never make is refused, and nothing is written; pieces are worth what it can', async () => {
  const order = await shop.completed({
    items: [{ productId: dinar.id, quantity: 2 }],
    more: { currency: 'KWD' },
  });
  const token = await shop.service.token('boss', 'admin');
  const refund = (body: object): Promise<CallResult> =>
    shop.service.call('POST', `/orders/${order.id}/refunds`, {
      token,
      headers: { 'idempotency-key': randomUUID() },
      body: { reason: 'broken', ...body },
    });
  expect(await refund({ amount: 5_125 })).toMatchObject(refused(10));
  const { body } = await shop.service.call('GET', `/orders/${order.id}/refunds`, { token });
  expect(body.data).toEqual([]);
  // half of 10,250, in steps of ten
  const piece = await refund({ items: [{ productId: dinar.id, quantity: 1 }] });
  expect(piece).toMatchObject({ status: 201, body: { amount: 5_120 } });
});
