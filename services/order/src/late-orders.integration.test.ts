import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Order } from '@outrider/contracts';
import { openShop, type Product, type Shop } from './testing/shop.js';

let shop: Shop;
let thing: Product;

beforeAll(async () => {
  shop = await openShop({ SAGA_LATE_MS: '500' });
  thing = await shop.product();
});
afterAll(() => shop.service.close());

const placed = (): Promise<Order> => shop.placed({ items: [{ productId: thing.id, quantity: 1 }] });

/** What is shown of a metric, over all its series. */
async function shown(name: string): Promise<number | undefined> {
  const text = await (await fetch(`${shop.service.adminUrl}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`));
  return lines.length === 0
    ? undefined
    : lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

async function reach(open: number, ended: number): Promise<void> {
  await shop.service.until(`${open} late orders are open, ${ended} have ended`, async () => {
    return (await shown('saga_open_late')) === open && (await shown('saga_ended_late_total')) === ended;
  });
}

test('an order is late once it is open for longer than SAGA_LATE_MS, and when it ends after that; a refund is no part of it', async () => {
  await reach(0, 0);
  const order = await placed();
  await reach(1, 0);
  await shop.stock.refuses(order);
  await shop.becomes(order.id, 'FAILED');
  await reach(0, 1);

  const { stock, money } = shop;
  const sold = await placed();
  await reach(1, 1);
  for (const answer of [stock.accepts, money.accepts, stock.confirms, money.confirms]) await answer(sold);
  await shop.becomes(sold.id, 'COMPLETED');
  await reach(0, 2);
  const body = { amount: 100, reason: 'broken' };
  const headers = { 'idempotency-key': 'refund' };
  const token = await shop.service.token('boss', 'admin');
  const { status } = await shop.service.call('POST', `/orders/${sold.id}/refunds`, { token, headers, body });
  expect(status).toBe(201);
  await shop.service.until('it is refunded', async () => (await shown('saga_in_step')) === 1);
  await reach(0, 2);
});
