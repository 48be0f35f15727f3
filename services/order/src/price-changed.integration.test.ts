import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CallResult } from '@outrider/service-kit/testing';
import { openShop, type Product, type Shop } from './testing/shop.js';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.service.close());

/** The catalogue publishes a new price, and order has stored it. */
async function reprice({ id, ...facts }: Product, price: number, version: number): Promise<void> {
  await shop.service.publish('catalog-event', 'PRICE_CHANGED', id, { ...facts, price, version });
  await shop.service.until(
    `order knows version ${version}`,
    async () =>
      (await shop.service.sql('SELECT FROM catalog_product WHERE id=$1 AND version=$2', [id, version])).length === 1,
  );
}

const place = (expectedTotal: number, ...products: Product[]): Promise<CallResult> =>
  shop.place({ items: products.map(({ id }) => ({ productId: id, quantity: 2 })), more: { expectedTotal } });
async function refused(total: number, answer: Promise<CallResult>): Promise<string | null> {
  const { status, body, headers } = await answer;
  expect([status, body.type, body.total]).toEqual([409, '/problems/price-changed', total]);
  return headers.get('retry-after');
}

test('F28 a price that is not known here may be on its way: 409 with Retry-After', async () => {
  const tea = await shop.product({ price: 100 });
  expect(await refused(200, place(240, tea))).toBe('1');
  await reprice(tea, 120, 2);
  expect((await place(240, tea)).status).toBe(201);
});

test('F28 a customer who saw an earlier price need not wait: 409 without Retry-After', async () => {
  const [tea, cup] = [await shop.product({ price: 100 }), await shop.product({ price: 7 })];
  await reprice(tea, 120, 2);
  expect(await refused(240, place(200, tea))).toBeNull();
  // a new name is no new price
  await reprice({ ...tea, name: 'Black tea' }, 120, 3);
  expect(await refused(240, place(200, tea))).toBeNull();
  expect(await refused(254, place(214, tea, cup))).toBeNull();
  // one price after the other: before both, and between them
  await reprice(cup, 9, 2);
  expect(await refused(258, place(254, tea, cup))).toBeNull();
  expect(await refused(258, place(214, tea, cup))).toBeNull();
  // they never cost this together, and never this at all
  expect(await refused(258, place(218, tea, cup))).toBe('1');
  expect(await refused(258, place(1, tea, cup))).toBe('1');
});

test('an earlier version of this service has changed the price, and what it was is not known: Retry-After', async () => {
  const tea = await shop.product({ price: 100 });
  await shop.service.sql('UPDATE catalog_product SET price=120, version=2 WHERE id=$1', [tea.id]);
  expect(await refused(240, place(200, tea))).toBe('1');
});
