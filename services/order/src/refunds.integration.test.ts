import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId, refundSchema, refundsSchema, timelineSchema, type Order, type Refund } from '@outrider/contracts';
import type { CallResult, TestService } from '@outrider/service-kit/testing';
import { openShop, type Product, type Shop } from './testing/shop.js';

const RETRY = { COMMAND_RETRY_FIRST_MS: '600000', COMMAND_RETRY_LONGEST_MS: '600000' };

describe('refunding an order', () => {
  let shop: Shop;
  let replica: TestService;
  let admin: string;
  let thing: Product;
  let other: Product;

  beforeAll(async () => {
    shop = await openShop(RETRY);
    replica = await shop.service.replica();
    admin = await shop.service.token('boss', 'admin');
    thing = await shop.product({ price: 100 });
    other = await shop.product({ price: 250 });
  });
  afterAll(async () => {
    await replica.close();
    await shop.service.close();
  });

  /** 3 things and 2 others: 800 */
  const sold = (): Promise<Order> =>
    shop.completed({
      items: [
        { productId: thing.id, quantity: 3 },
        { productId: other.id, quantity: 2 },
      ],
    });
  const refund = (
    { id }: { id: string },
    body: object,
    { key = randomUUID(), token = admin, via = shop.service }: { key?: string; token?: string; via?: TestService } = {},
  ): Promise<CallResult> =>
    via.call('POST', `/orders/${id}/refunds`, {
      token,
      headers: { 'idempotency-key': key },
      body: { reason: 'broken', ...body },
    });
  async function refunded(order: Order, body: object): Promise<Refund> {
    const answer = await refund(order, body);
    expect(answer.status).toBe(201);
    return refundSchema.parse(answer.body);
  }
  const list = async ({ id }: Order, token = admin) =>
    refundsSchema.parse((await shop.service.call('GET', `/orders/${id}/refunds`, { token })).body).data;
  const sentAbout = async ({ id }: Order) =>
    (await shop.service.emitted()).filter((event) => 'orderId' in event && event.orderId === id).slice(6);

  test('in parts, by amount, by pieces with restock, then the rest: PARTIALLY_REFUNDED until REFUNDED', async () => {
    const order = await sold();
    const first = await refunded(order, { amount: 50 });
    expect(first).toMatchObject({ amount: 50, restock: false, status: 'PENDING', reason: 'broken', failure: null });
    expect(await shop.order(order.id)).toMatchObject({ status: 'REFUNDING', refundedTotal: 0 });
    await shop.refunds.pays(order, first);
    expect(await shop.becomes(order.id, 'PARTIALLY_REFUNDED')).toMatchObject({ refundedTotal: 50 });

    const items = [
      { productId: thing.id, quantity: 2 },
      { productId: other.id, quantity: 1 },
    ];
    const second = await refunded(order, { items, restock: true });
    expect(second).toMatchObject({ amount: 450, lines: items, restock: true });
    await shop.refunds.pays(order, second);
    await shop.service.until('stock is asked', async () =>
      (await shop.sent(order.id)).includes('RESERVATION_RESTOCK_REQUEST'),
    );
    expect(await shop.order(order.id)).toMatchObject({ status: 'REFUNDING', refundedTotal: 500 });
    await shop.refunds.restocks(order, second);
    expect(await shop.becomes(order.id, 'PARTIALLY_REFUNDED')).toMatchObject({ refundedTotal: 500 });

    const third = await refunded(order, { amount: 300, restock: true });
    const rest = [
      { productId: thing.id, quantity: 1 },
      { productId: other.id, quantity: 1 },
    ];
    expect(third.lines).toEqual(rest);
    await shop.refunds.pays(order, third);
    await shop.refunds.restocks(order, third);
    expect(await shop.becomes(order.id, 'REFUNDED')).toMatchObject({ refundedTotal: 800 });

    const sent = await sentAbout(order);
    expect(sent.map(({ eventType }) => eventType)).toEqual([
      'PAYMENT_REFUND_REQUEST',
      'ORDER_REFUNDED',
      'PAYMENT_REFUND_REQUEST',
      'RESERVATION_RESTOCK_REQUEST',
      'ORDER_REFUNDED',
      'PAYMENT_REFUND_REQUEST',
      'RESERVATION_RESTOCK_REQUEST',
      'ORDER_REFUNDED',
    ]);
    expect(sent.map(({ payload }) => payload)).toMatchObject([
      { refundId: first.refundId, amount: 50 },
      { status: 'PARTIALLY_REFUNDED', refundedTotal: 50, total: 800 },
      { refundId: second.refundId, amount: 450 },
      { refundId: second.refundId, lines: items },
      { status: 'PARTIALLY_REFUNDED', refundedTotal: 500 },
      { refundId: third.refundId, amount: 300 },
      { refundId: third.refundId, lines: rest },
      { status: 'REFUNDED', refundedTotal: 800 },
    ]);
    const commands = sent.flatMap(({ payload }) => ('commandId' in payload ? [payload.commandId] : []));
    expect(new Set(commands).size).toBe(5);
    const token = await shop.service.token('alice', 'customer');
    expect(await list(order, token)).toMatchObject(
      [first, second, third].map(({ refundId, amount, restock }) => ({
        refundId,
        amount,
        restock,
        status: 'SUCCEEDED',
      })),
    );
    const timeline = await shop.service.call('GET', `/orders/${order.id}/timeline`, { token });
    expect(timelineSchema.parse(timeline.body).data.slice(5, 10)).toMatchObject([
      { input: 'REFUND', status: 'REFUNDING', sent: ['PAYMENT_REFUND_REQUEST'], reason: null, eventId: null },
      { input: 'PAYMENT_REFUNDED', status: 'PARTIALLY_REFUNDED', sent: [] },
      { input: 'REFUND', status: 'REFUNDING' },
      { input: 'PAYMENT_REFUNDED', status: 'REFUNDING', sent: ['RESERVATION_RESTOCK_REQUEST'] },
      { input: 'RESERVATION_RESTOCKED', status: 'PARTIALLY_REFUNDED' },
    ]);
    expect(await refund(order, { amount: 1 })).toMatchObject({
      status: 409,
      body: { type: '/problems/refund-too-large', left: 0 },
    });
  });

  test('fails: the order is what it was, no lifecycle event is published, and it can be tried again', async () => {
    const order = await sold();
    const failed = await refunded(order, { amount: 800 });
    await shop.refunds.fails(order, failed);
    expect(await shop.becomes(order.id, 'COMPLETED')).toMatchObject({ refundedTotal: 0, reason: null });
    expect(await list(order)).toMatchObject([
      { status: 'FAILED', failure: 'refund-failed', failureDetail: 'account closed' },
    ]);
    const part = await refunded(order, { items: [{ productId: thing.id, quantity: 3 }] });
    await shop.refunds.pays(order, part);
    await shop.becomes(order.id, 'PARTIALLY_REFUNDED');
    // pieces of a refund that failed are not gone
    const again = await refunded(order, { items: [{ productId: other.id, quantity: 2 }] });
    await shop.refunds.fails(order, again);
    expect(await shop.becomes(order.id, 'PARTIALLY_REFUNDED')).toMatchObject({ refundedTotal: 300 });
    const last = await refunded(order, { items: [{ productId: other.id, quantity: 2 }] });
    await shop.refunds.pays(order, last);
    await shop.becomes(order.id, 'REFUNDED');
    const sent = (await sentAbout(order)).map(({ eventType }) => eventType);
    expect(sent.filter((type) => type.startsWith('ORDER_'))).toEqual(['ORDER_REFUNDED', 'ORDER_REFUNDED']);
  });

  test('F27 more than captured, or a second while one is open, is refused and nothing is written', async () => {
    const order = await sold();
    expect(await refund(order, { amount: 801 })).toMatchObject({
      status: 409,
      body: { type: '/problems/refund-too-large', left: 800 },
    });
    expect(await refund(order, { items: [{ productId: thing.id, quantity: 4 }] })).toMatchObject({
      status: 409,
      body: { type: '/problems/refund-too-large', productId: thing.id, left: 3 },
    });
    expect(await refund(order, { amount: 10, restock: true })).toMatchObject({
      status: 409,
      body: { type: '/problems/restock-needs-items' },
    });
    expect(await list(order)).toEqual([]);
    const open = await refunded(order, { amount: 500 });
    expect(await refund(order, { amount: 1 })).toMatchObject({ status: 409, body: { type: '/problems/refund-open' } });
    await shop.refunds.pays(order, open);
    // the same answer again, and one to a refund of nobody
    await shop.refunds.pays(order, open);
    await shop.refunds.fails(order, open);
    await shop.refunds.pays(order, { refundId: newId(), amount: 300 });
    await shop.becomes(order.id, 'PARTIALLY_REFUNDED');
    expect(await refund(order, { amount: 301 })).toMatchObject({ status: 409 });
    expect(await list(order)).toMatchObject([{ amount: 500, status: 'SUCCEEDED' }]);
    expect(await shop.order(order.id)).toMatchObject({ status: 'PARTIALLY_REFUNDED', refundedTotal: 500 });
  });

  test('F27 concurrently, on two replicas: one is taken, the others are refused', async () => {
    const order = await sold();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        refund(order, { amount: 500 }, { via: n % 2 === 0 ? shop.service : replica }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 9 }, () => 409)]);
    for (const { status, body } of answers) if (status === 409) expect(body.type).toBe('/problems/refund-open');
    expect(await list(order)).toHaveLength(1);
    expect((await sentAbout(order)).map(({ eventType }) => eventType)).toEqual(['PAYMENT_REFUND_REQUEST']);
  });

  test('F27 twice with one key: one refund; the key is for one order, one body, and forever', async () => {
    const order = await sold();
    const key = randomUUID();
    const twice = await Promise.all(Array.from({ length: 6 }, () => refund(order, { amount: 100 }, { key })));
    expect(twice.filter(({ status }) => status === 201).length).toBeGreaterThan(0);
    for (const { status, body } of twice)
      if (status !== 201) expect(body.type).toBe('/problems/idempotency-key-in-flight');
    const again = await refund(order, { amount: 100 }, { key });
    expect(again.status).toBe(201);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.headers.get('location')).toBe(`/orders/${order.id}/refunds/${again.body.refundId}`);
    expect(await list(order)).toMatchObject([{ refundId: again.body.refundId }]);
    const another = await sold();
    const reused = { status: 422, body: { type: '/problems/idempotency-key-reused' } };
    expect(await refund(another, { amount: 100 }, { key })).toMatchObject(reused);
    expect(await refund(order, { amount: 101 }, { key })).toMatchObject(reused);
    await shop.refunds.pays(order, again.body);
    await shop.becomes(order.id, 'PARTIALLY_REFUNDED');
    await shop.service.sql('DELETE FROM idempotency_record WHERE key=$1', [key]);
    expect(await refund(order, { amount: 100 }, { key })).toMatchObject({
      status: 409,
      body: { type: '/problems/idempotency-key-expired' },
    });
    expect(await list(order)).toHaveLength(1);
    expect(await shop.order(order.id)).toMatchObject({ status: 'PARTIALLY_REFUNDED', refundedTotal: 100 });
  });

  test('what was not completed cannot be refunded', async () => {
    const running = await shop.placed({ items: [{ productId: thing.id, quantity: 1 }] });
    const refused = { status: 409, body: { type: '/problems/not-refundable' } };
    expect(await refund(running, { amount: 1 })).toMatchObject(refused);
    await shop.stock.refuses(running);
    await shop.becomes(running.id, 'FAILED');
    expect(await refund(running, { amount: 1 })).toMatchObject(refused);
    expect(await refund({ id: newId() }, { amount: 1 })).toMatchObject({ status: 404 });
  });

  test('F34 what is malformed is refused by 400 and nothing is written', async () => {
    const order = await sold();
    const items = [{ productId: thing.id, quantity: 1 }];
    const bodies: Readonly<Record<string, object>> = {
      neither: {},
      both: { amount: 1, items },
      'an amount of 0': { amount: 0 },
      'a negative amount': { amount: -1 },
      'half a cent': { amount: 0.5 },
      'an unsafe amount': { amount: 2 ** 53 },
      'an amount as text': { amount: '1' },
      'no items': { items: [] },
      'too many items': { items: Array.from({ length: 201 }, () => items[0]) },
      'an unknown field of an item': { items: [{ ...items[0], unitPrice: 1 }] },
      'no pieces': { items: [{ productId: thing.id, quantity: 0 }] },
      'an unknown field': { amount: 1, currency: 'EUR' },
      'no reason': { amount: 1, reason: undefined },
      'an empty reason': { amount: 1, reason: '' },
      'a reason with NUL': { amount: 1, reason: 'a\u0000' },
      'restock as text': { items, restock: 'yes' },
    };
    for (const [what, body] of Object.entries(bodies)) {
      const { status, body: answer } = await refund(order, body);
      expect({ what, status, type: answer.type }).toEqual({ what, status: 400, type: '/problems/malformed' });
    }
    expect(await refund(order, { amount: 1 }, { key: '' })).toMatchObject({
      status: 400,
      body: { type: '/problems/idempotency-key-missing' },
    });
    expect(await list(order)).toEqual([]);
    expect(await shop.order(order.id)).toEqual(order);
  });

  test('F35 a reason is stored and shown as text', async () => {
    const order = await sold();
    const reason = `'; DROP TABLE refund; -- {"$1": "<b>"} \\ 𝔘✓`;
    await refunded(order, { amount: 1, reason });
    expect(await list(order)).toMatchObject([{ reason }]);
  });
});

describe('a refund whose answers do not come', () => {
  test('F21 each of its commands goes out again as a new event with the same commandId', async () => {
    const shop = await openShop({ COMMAND_RETRY_FIRST_MS: '300', COMMAND_RETRY_LONGEST_MS: '300' });
    try {
      const product = await shop.product({ price: 100 });
      const order = await shop.completed({ items: [{ productId: product.id, quantity: 1 }] });
      const answer = await shop.service.call('POST', `/orders/${order.id}/refunds`, {
        token: await shop.service.token('boss', 'admin'),
        headers: { 'idempotency-key': randomUUID() },
        body: { items: [{ productId: product.id, quantity: 1 }], restock: true, reason: 'r' },
      });
      const refund = refundSchema.parse(answer.body);
      const events = async (type: string) =>
        (await shop.service.emitted()).flatMap(({ eventType, eventId, payload }) =>
          eventType === type && 'commandId' in payload ? [{ eventId, commandId: payload.commandId }] : [],
        );
      for (const [type, reply] of [
        ['PAYMENT_REFUND_REQUEST', shop.refunds.pays],
        ['RESERVATION_RESTOCK_REQUEST', shop.refunds.restocks],
      ] as const) {
        await shop.service.until(`${type} was sent again`, async () => (await events(type)).length > 2);
        await reply(order, refund);
        const sent = await events(type);
        expect(new Set(sent.map(({ commandId }) => commandId)).size).toBe(1);
        expect(new Set(sent.map(({ eventId }) => eventId)).size).toBe(sent.length);
      }
      expect(await shop.becomes(order.id, 'REFUNDED')).toMatchObject({ refundedTotal: 100 });
    } finally {
      await shop.service.close();
    }
  });
});
