import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { Transactor, type Transaction } from '@outrider/service-kit/database';
import { openShop, type Shop } from '../../testing/shop.js';
import { pageChangedOrders } from './page-orders.js';
import { readProducts } from './read-products.js';
import { storeDisputes } from './store-disputes.js';
import { storeProducts } from './store-products.js';
import { storeRefunds } from './store-refunds.js';

const FIRST = new Date('2026-01-02T03:04:05.678Z');
const LATER = new Date('2026-01-03T03:04:05.678Z');

let shop: Shop;
let orderId: string;

beforeAll(async () => {
  shop = await openShop({ SCAN_EVERY_MS: '3600000' });
  orderId = (await shop.placed({ items: [{ productId: (await shop.product()).id, quantity: 1 }] })).id;
});
afterAll(() => shop.service.close());

const once = <T>(work: (tx: Transaction) => Promise<T>): Promise<T> => shop.service.app.get(Transactor).run(work, 1);
const product = (id: string, version: number, price: number) => {
  return { id, sku: `SKU-${id.slice(-8)}`, name: 'Tea', price, currency: 'EUR', retired: false, version };
};

test('a dispute and a refund made at the provider show when they last changed', async () => {
  const dispute = { disputeId: 'dp_1', amount: 5, withheldAmount: 5, reason: 'fraud', respondBy: null };
  const refund = { orderId, kind: 'found', by: 'provider', id: 're_1', amount: 5, failure: null } as const;
  await once(async ({ sql }) => {
    await storeDisputes(sql, [{ orderId, dispute: { ...dispute, status: 'OPEN' } }], FIRST);
    await storeDisputes(sql, [{ orderId, dispute: { ...dispute, status: 'LOST' } }], LATER);
    await storeRefunds(sql, [{ ...refund, status: 'SUCCEEDED' }], FIRST);
    await storeRefunds(sql, [{ ...refund, status: 'FAILED' }], LATER);
  });
  for (const [table, status] of Object.entries({ dispute: 'LOST', refund: 'FAILED' })) {
    expect(
      await shop.service.sql(`SELECT status, created_at, updated_at FROM ${table} WHERE order_id=$1`, [orderId]),
    ).toEqual([{ status, created_at: FIRST, updated_at: LATER }]);
  }
});

test('a list of changes begins with what changed exactly then, and ends before its end', async () => {
  await shop.service.sql('UPDATE saga_timeline SET at=$2 WHERE order_id=$1', [orderId, FIRST]);
  const changed = (since: Date, stableAt: Date) =>
    once(async ({ sql }) => (await pageChangedOrders(sql, { customers: [], limit: 9 }, { since, stableAt })).ids);
  expect(await changed(FIRST, LATER)).toEqual([orderId]);
  expect(await changed(new Date(FIRST.getTime() - 1), FIRST)).toEqual([]);
});

test('a change of a product that leaves its price leaves the time of its last price too', async () => {
  const id = newId();
  for (const [version, price] of [10, 20].entries()) {
    await once(({ sql }) => storeProducts(sql, [product(id, version, price)]));
  }
  const before = async () => (await once(({ sql }) => readProducts(sql, [id]))).products.get(id)?.before;
  const known = await before();
  expect(known).toEqual({ price: 10, until: expect.any(Date) });
  await once(({ sql }) => storeProducts(sql, [product(id, 2, 20)]));
  expect(await before()).toEqual(known);
});

test('a batch writes its products in the order of their ids, so that two that share some never wait for each other', async () => {
  const [low, high] = [newId(), newId()].sort() as [string, string];
  await once(({ sql }) => storeProducts(sql, [product(low, 0, 1), product(high, 0, 1)]));
  const { second } = await once(async ({ sql }) => {
    await storeProducts(sql, [product(low, 1, 2)]);
    const second = once((other) => storeProducts(other.sql, [product(high, 2, 3), product(low, 2, 3)]));
    await shop.service.until('the second batch waits', async () => {
      const rows = await shop.service.sql(
        `SELECT 1 FROM pg_stat_activity WHERE datname=current_database() AND wait_event_type='Lock'`,
      );
      return rows.length > 0;
    });
    await sql.query('SELECT 1 FROM catalog_product WHERE id=$1 FOR UPDATE NOWAIT', [high]);
    return { second };
  });
  await second;
  expect([...(await once(({ sql }) => readProducts(sql, [low, high]))).products.values()]).toMatchObject([
    { price: 3 },
    { price: 3 },
  ]);
});
