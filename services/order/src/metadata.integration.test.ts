import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { orderPageSchema, orderSchema, refundSchema, type Order, type Refund } from '@outrider/contracts';
import type { CallResult } from '@outrider/service-kit/testing';
import { openShop, type Product, type Shop } from './testing/shop.js';

describe('metadata', () => {
  let shop: Shop;
  let thing: Product;
  let admin: string;
  let alice: string;

  beforeAll(async () => {
    shop = await openShop();
    thing = await shop.product({ price: 100 });
    admin = await shop.service.token('boss', 'admin');
    alice = await shop.service.token('alice', 'customer');
  });
  afterAll(() => shop.service.close());

  const items = () => [{ productId: thing.id, quantity: 3 }];
  const place = (metadata: unknown, key = randomUUID()): Promise<CallResult> =>
    shop.place({ items: items(), key, more: { metadata } });
  const refund = ({ id }: Order, more: object, key = randomUUID()): Promise<CallResult> =>
    shop.service.call('POST', `/orders/${id}/refunds`, {
      token: admin,
      headers: { 'idempotency-key': key },
      body: { amount: 1, reason: 'broken', ...more },
    });
  const get = async (path: string, token: string) => (await shop.service.call('GET', path, { token })).body;
  const published = async ({ id }: Order) =>
    (await shop.service.emitted('order-lifecycle-event')).filter(({ orderId }) => orderId === id);
  const most = Object.fromEntries(
    Array.from({ length: 20 }, (_, n) => [`${'𝔘'.repeat(38)}${10 + n}`, '✓'.repeat(500)]),
  );

  test.each<[string, Record<string, string>]>([
    ['a note', { note: `'; DROP TABLE orders; -- {"$1": "<b>"} \\ 𝔘✓` }],
    ['an empty value, and names that objects have', { empty: '', constructor: 'x', toString: 'y', '0': 'z' }],
    ['as much as there may be', most],
    ['nothing', {}],
  ])('of an order: %s comes back as it was given, to its customer, admins and subscribers', async (_, metadata) => {
    const answer = await place(metadata);
    expect([answer.status, answer.body.metadata]).toEqual([201, metadata]);
    const order = orderSchema.parse(answer.body);
    for (const token of [alice, admin]) expect((await get(`/orders/${order.id}`, token)).metadata).toEqual(metadata);
    const page = orderPageSchema.parse(await get('/orders?limit=1', alice));
    expect(page.data).toMatchObject([{ id: order.id, metadata }]);
    await shop.stock.refuses(order);
    await shop.becomes(order.id, 'FAILED');
    const events = await published(order);
    expect(events.map(({ eventType }) => eventType)).toEqual(['ORDER_PLACED', 'ORDER_FAILED']);
    for (const { payload } of events) expect(payload.metadata ?? {}).toEqual(metadata);
  });

  test('none, and none in what an earlier version has stored', async () => {
    const order = await shop.placed({ items: items() });
    expect(order.metadata).toEqual({});
    expect((await published(order))[0]?.payload).not.toHaveProperty('metadata');
    expect(await shop.service.sql('SELECT metadata FROM orders WHERE id=$1', [order.id])).toEqual([{ metadata: null }]);
  });

  test('of a refund: it comes back as it was given, to admins and subscribers, also when the money comes back', async () => {
    const order = await shop.completed({ items: items(), more: { metadata: { shop: 'Hamburg' } } });
    const metadata = { ticket: '4711', clerk: '' };
    const answer = await refund(order, { metadata });
    expect([answer.status, answer.body.metadata]).toEqual([201, metadata]);
    const made: Refund = refundSchema.parse(answer.body);
    const path = `/orders/${order.id}/refunds/${made.refundId}`;
    expect(answer.headers.get('location')).toBe(path);
    expect(await get(path, admin)).toEqual(answer.body);
    const { metadata: _, reason: __, ...facts } = answer.body;
    expect(await get(path, alice)).toEqual(facts);
    await shop.refunds.pays(order, made);
    await shop.becomes(order.id, 'PARTIALLY_REFUNDED');
    const [event] = (await published(order)).slice(-1);
    const refunded = { refundId: made.refundId, amount: 1, by: 'shop', metadata };
    expect(event?.payload).toMatchObject({ metadata: { shop: 'Hamburg' }, refund: refunded });
    const { refundId } = made;
    const returned = { paymentId: refundId, refundId, amount: 1, reason: 'lost_card' };
    await shop.service.publish('order-event', 'PAYMENT_REFUND_RETURNED', order.id, returned);
    await shop.becomes(order.id, 'COMPLETED');
    const [back] = (await published(order)).slice(-1);
    expect(back).toMatchObject({ eventType: 'ORDER_REFUND_FAILED', payload: { refund: refunded } });
  });

  test('belongs to the request that a key stands for; the order of its names does not', async () => {
    const [key, again] = [randomUUID(), randomUUID()];
    expect((await place({ b: '1', a: '2' }, key)).status).toBe(201);
    const same = await place({ a: '2', b: '1' }, key);
    expect([same.status, same.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    const reused = { status: 422, body: { type: '/problems/idempotency-key-reused' } };
    for (const other of [{ a: '2' }, { a: '2', b: '2' }, { a: '2', b: '1', c: '' }, undefined]) {
      expect(await place(other, key)).toMatchObject(reused);
    }
    const order = await shop.completed({ items: items() });
    expect((await refund(order, { metadata: { a: '1' } }, again)).status).toBe(201);
    expect(await refund(order, { metadata: { a: '2' } }, again)).toMatchObject(reused);
  });

  test('F34 what is malformed is refused, and nothing is written', async () => {
    const order = await shop.completed({ items: items() });
    const count = async () => (await shop.service.sql('SELECT count(*)::int AS n FROM orders'))[0];
    const before = await count();
    const wrong: Readonly<Record<string, unknown>> = {
      'a key too many': { ...most, more: 'x' },
      'a name too long': { ['x'.repeat(41)]: 'x' },
      'a value too long': { a: 'x'.repeat(501) },
      'no name': { '': 'x' },
      'a NUL in a value': { a: 'a\u0000' },
      'a NUL in a name': { 'a\u0000': 'a' },
      'half a character in a value': { a: '\ud800' },
      'half a character in a name': { '\udc00': 'a' },
      'a number': { a: 1 },
      null: null,
      'null in it': { a: null },
      'an object in it': { a: {} },
      'a list': ['a'],
      'a text': 'a',
      'the name __proto__': JSON.parse('{"__proto__": "x"}'),
      'an object as __proto__': JSON.parse('{"__proto__": {"a": "x"}}'),
    };
    for (const [what, metadata] of Object.entries(wrong)) {
      for (const answer of [await place(metadata), await refund(order, { metadata })]) {
        expect([what, answer.status, answer.body.type]).toEqual([what, 400, '/problems/malformed']);
      }
    }
    expect(await count()).toEqual(before);
    expect((await get(`/orders/${order.id}/refunds`, admin)).data).toEqual([]);
  });
});
