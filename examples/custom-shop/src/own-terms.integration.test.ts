import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Order } from '@outrider/contracts';
import { startTestService } from '@outrider/service-kit/testing';
import { RefundsOnceADay } from './payment/refunds-once-a-day.js';
import { ShorterForMany } from './inventory/shorter-for-many.js';
import { orderFields } from './order/order-fields.js';
import { shopProductService } from './product/product-service.js';
import { Returns } from './order/returns.js';
import { openPlayedShop, type PlayedShop } from './testing/played-shop.js';

describe('orders of this shop', () => {
  let shop: PlayedShop;
  beforeAll(async () => {
    shop = await openPlayedShop();
  });
  afterAll(() => shop.service.close());

  async function refund({ id }: Order, body: object) {
    const token = await shop.service.token('boss', 'admin');
    const headers = { 'idempotency-key': randomUUID() };
    return shop.service.call('POST', `/orders/${id}/refunds`, {
      token,
      headers,
      body: { reason: 'Too green', ...body },
    });
  }

  test('pieces that come back give back what was paid for them, less return shipping; an amount is what it is', async () => {
    const tea = await shop.product(890);
    const { body } = await shop.place(tea, 3);
    const order = await shop.completes(body as Order);
    const items = [{ productId: tea, quantity: 1 }];
    expect(await refund(order, { items, restock: true })).toMatchObject({ status: 201, body: { amount: 890 - 390 } });
    const other = await shop.completes((await shop.place(tea, 1)).body as Order);
    expect(await refund(other, { amount: 890 })).toMatchObject({ status: 201, body: { amount: 890 } });
  });

  test('what return shipping leaves nothing of can be restocked, and gives nothing back', async () => {
    const bag = await shop.product(100);
    const order = await shop.completes((await shop.place(bag, 1)).body as Order);
    const items = [{ productId: bag, quantity: 1 }];
    expect(await refund(order, { items })).toMatchObject({ status: 409, body: { type: '/problems/not-refundable' } });
    expect(await refund(order, { items, restock: true })).toMatchObject({ status: 201, body: { amount: 0 } });
  });

  test('customers cancel within an hour, people of the shop also later', async () => {
    const tea = await shop.product(890);
    const [early, late] = [(await shop.place(tea, 1)).body as Order, (await shop.place(tea, 1)).body as Order];
    await shop.service.sql("UPDATE saga SET started_at = started_at - interval '61 minutes' WHERE order_id = $1", [
      late.id,
    ]);
    const cancel = async ({ id }: Order, who: string, role: 'customer' | 'admin') =>
      shop.service.call('POST', `/orders/${id}/cancel`, { token: await shop.service.token(who, role) });
    expect((await cancel(early, 'alice', 'customer')).status).toBe(202);
    expect(await cancel(late, 'alice', 'customer')).toMatchObject({
      status: 409,
      body: { type: '/problems/too-late', detail: 'Orders are cancelled within 60 minutes' },
    });
    expect((await cancel(late, 'boss', 'admin')).status).toBe(202);
  });

  test('fields that the shop declares are checked, shown, and in each lifecycle event, typed for who reads them', async () => {
    const tea = await shop.product(890);
    const wrong = await shop.place(tea, 1, { metadata: { 'delivery-day': 'Monday', colour: 'red' } });
    expect(wrong).toMatchObject({ status: 400, body: { type: '/problems/malformed' } });
    expect((wrong.body as unknown as { errors: { path: string }[] }).errors.map(({ path }) => path)).toContain(
      'body.metadata.delivery-day',
    );
    const metadata = { 'delivery-day': '2026-12-24', 'gift-cards': '1' };
    const { body } = await shop.place(tea, 1, { metadata });
    const order = await shop.completes(body as Order);
    expect(order.metadata).toEqual(metadata);
    const events = (await shop.service.emitted('order-lifecycle-event')).filter(({ orderId }) => orderId === order.id);
    expect(events.map(({ eventType }) => eventType)).toEqual(['ORDER_PLACED', 'ORDER_COMPLETED']);
    for (const { payload } of events) {
      expect(orderFields.parse(payload.metadata)).toEqual({ 'delivery-day': '2026-12-24', 'gift-cards': true });
    }
  });

  test('its own endpoint answers, and stands in the API’s description', async () => {
    const terms = { EUR: { fee: 490, freeFrom: 5_000 } };
    expect(await shop.service.call('GET', '/shipping-terms')).toMatchObject({ status: 200, body: terms });
    const { body } = await shop.service.call('GET', '/openapi.json');
    expect(Object.keys((body as unknown as { paths: object }).paths)).toContain('/shipping-terms');
  });
});

test('refunds end with their time', () => {
  const returns = new Returns({ days: 30, shipping: {} });
  const placedAt = new Date('2026-01-01T12:00:00Z');
  const after = (days: number) =>
    returns.refusalOf({ placedAt, now: new Date(placedAt.getTime() + days * 86_400_000) } as never);
  expect(after(30)).toBeUndefined();
  expect(after(31)).toBe('Orders are refunded for 30 days; this one is of 2026-01-01');
});

test('what may take days is asked about once a day, everything else as the core asks', () => {
  const policy = new RefundsOnceADay({ waitMs: (tries) => tries * 100 });
  expect([policy.waitMs(3, false), policy.waitMs(3, true)]).toEqual([300, 86_400_000]);
});

test('many pieces are kept for a shorter time', () => {
  const policy = new ShorterForMany({ usual: 900_000, many: 300_000, from: 50 });
  const lines = (quantity: number) => [
    { productId: 'a', quantity },
    { productId: 'b', quantity: 1 },
  ];
  expect([policy.keepFor(lines(48)), policy.keepAtMost(lines(48))]).toEqual([900_000, 1_800_000]);
  expect([policy.keepFor(lines(49)), policy.keepAtMost(lines(49))]).toEqual([300_000, 300_000]);
});

test('the catalogue takes no price above the highest', async () => {
  const service = await startTestService(shopProductService);
  try {
    const register = async (price: number) =>
      service.call('POST', '/products', {
        token: await service.token('boss', 'admin'),
        headers: { 'idempotency-key': randomUUID() },
        body: { sku: `TEA-${price}`, name: 'Tea', price, currency: 'EUR', initialStock: 0 },
      });
    expect(await register(100_001)).toMatchObject({
      status: 409,
      body: { type: '/problems/amount-not-supported', detail: 'Nothing is sold for more than 100000' },
    });
    expect((await register(100_000)).status).toBe(201);
  } finally {
    await service.close();
  }
});
