import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  newId,
  orderSchema,
  refundsSchema,
  timelineSchema,
  type Order,
  type PayloadOf,
  type Refund,
} from '@outrider/contracts';
import { Transactor } from '@outrider/service-kit/database';
import { AdvanceSagas } from './commands/advance-sagas.js';
import type { SagaMessage } from './commands/apply-inputs.js';
import type { ProviderUpdate } from './domain/saga-input.js';
import { commandIdOf, refundCommandIdOf } from './domain/saga-command.js';
import { openShop, type Product, type Shop } from './testing/shop.js';

const paymentId = newId();

describe('what happens at the payment provider', () => {
  let shop: Shop;
  let thing: Product;
  let tokens: Record<'admin' | 'alice', string>;

  beforeAll(async () => {
    shop = await openShop({ COMMAND_RETRY_FIRST_MS: '600000', COMMAND_RETRY_LONGEST_MS: '600000' });
    thing = await shop.product({ price: 250 });
    tokens = {
      admin: await shop.service.token('boss', 'admin'),
      alice: await shop.service.token('alice', 'customer'),
    };
  });
  afterAll(() => shop.service.close());

  const items = () => [{ productId: thing.id, quantity: 4 }];
  const say = <N extends ProviderUpdate['type']>(
    { id }: Pick<Order, 'id'>,
    type: N,
    payload: Omit<PayloadOf<'order-event', N>, 'paymentId'>,
  ) => shop.service.publish('order-event', type, id, { paymentId, ...payload } as PayloadOf<'order-event', N>);
  const get = async (path: string, who: keyof typeof tokens = 'admin') =>
    (await shop.service.call('GET', path, { token: tokens[who] })).body as unknown;
  const refunds = async ({ id }: Order, who?: keyof typeof tokens) =>
    refundsSchema.parse(await get(`/orders/${id}/refunds`, who)).data;
  const refund = async ({ id }: Order, body: object): Promise<Refund> => {
    const answer = await shop.service.call('POST', `/orders/${id}/refunds`, {
      token: tokens.admin,
      headers: { 'idempotency-key': randomUUID() },
      body: { reason: 'broken', ...body },
    });
    expect([answer.status, answer.body]).toEqual([201, answer.body]);
    return answer.body as Refund;
  };
  const published = async ({ id }: Order) =>
    (await shop.service.emitted('order-lifecycle-event'))
      .filter(({ orderId }) => orderId === id)
      .map(({ eventType, payload }) => ({ eventType, ...payload }))
      .slice(1);
  const timeline = async ({ id }: Order) => timelineSchema.parse(await get(`/orders/${id}/timeline`)).data;
  /** Everything about the order that was published before has been read when this has. */
  const shows = async (order: Order, refundedTotal: number) => {
    await shop.service.until(`the order shows ${refundedTotal}`, async () => {
      return (await shop.order(order.id)).refundedTotal === refundedTotal;
    });
    return shop.order(order.id);
  };

  test('a refund by hand is shown, published and counted once, whatever its event is called the second time', async () => {
    const order = await shop.completed({ items: items() });
    await say(order, 'PAYMENT_PROVIDER_REFUNDED', { providerRefundId: 're_1', amount: 300 });
    await say(order, 'PAYMENT_PROVIDER_REFUNDED', { providerRefundId: 're_1', amount: 300 });
    await say(order, 'PAYMENT_PROVIDER_REFUNDED', { providerRefundId: 're_2', amount: 100 });
    expect(await shows(order, 400)).toMatchObject({ status: 'PARTIALLY_REFUNDED' });
    const shown = { by: 'provider', status: 'SUCCEEDED', restock: false, restocked: false, failure: null };
    expect(await refunds(order)).toMatchObject([
      { ...shown, amount: 300, providerRefundId: 're_1' },
      { ...shown, amount: 100, providerRefundId: 're_2' },
    ]);
    for (const one of await refunds(order, 'alice')) expect(one).not.toHaveProperty('providerRefundId');
    expect(await published(order)).toMatchObject([
      { eventType: 'ORDER_COMPLETED' },
      {
        eventType: 'ORDER_REFUNDED',
        refundedTotal: 300,
        refund: { providerRefundId: 're_1', amount: 300, by: 'provider' },
      },
      {
        eventType: 'ORDER_REFUNDED',
        refundedTotal: 400,
        refund: { providerRefundId: 're_2', amount: 100, by: 'provider' },
      },
    ]);
    const [first] = (await timeline(order)).slice(5);
    expect(first).toMatchObject({ input: 'PAYMENT_PROVIDER_REFUNDED', status: 'PARTIALLY_REFUNDED', reason: null });
    // it is the order's refund like any other: only the rest is left
    const answer = await shop.service.call('POST', `/orders/${order.id}/refunds`, {
      token: tokens.admin,
      headers: { 'idempotency-key': randomUUID() },
      body: { amount: 601, reason: 'too much' },
    });
    expect(answer).toMatchObject({ status: 409, body: { type: '/problems/refund-too-large', left: 600 } });
    await say(order, 'PAYMENT_PROVIDER_REFUND_RETURNED', { providerRefundId: 're_1', amount: 300, reason: 'gone' });
    expect(await shows(order, 100)).toMatchObject({ status: 'PARTIALLY_REFUNDED' });
    expect((await refunds(order))[0]).toMatchObject({
      status: 'FAILED',
      failure: 'refund-returned',
      failureDetail: 'gone',
    });
  });

  test('a refund that is sent back days later is FAILED, and its pieces are seen to be in stock', async () => {
    const order = await shop.completed({ items: items() });
    const one = await refund(order, { items: [{ productId: thing.id, quantity: 4 }], restock: true });
    await shop.refunds.pays(order, one);
    await shop.refunds.restocks(order, one);
    await shop.becomes(order.id, 'REFUNDED');
    const returned = { refundId: one.refundId, amount: 1_000, reason: 'account\u0000 closed' };
    await say(order, 'PAYMENT_REFUND_RETURNED', returned);
    await say(order, 'PAYMENT_REFUND_RETURNED', returned);
    expect(await shop.becomes(order.id, 'COMPLETED')).toMatchObject({ refundedTotal: 0, reason: null });
    expect(await refunds(order)).toMatchObject([{ status: 'FAILED', restocked: true, failure: 'refund-returned' }]);
    const rows = await shop.service.sql('SELECT status, restocked FROM refund WHERE order_id=$1', [order.id]);
    expect(rows).toEqual([{ status: 'FAILED', restocked: true }]);
    expect((await published(order)).slice(1)).toMatchObject([
      { eventType: 'ORDER_REFUNDED', refund: { refundId: one.refundId, by: 'shop' } },
      {
        eventType: 'ORDER_REFUND_FAILED',
        status: 'COMPLETED',
        refundedTotal: 0,
        reason: 'refund-returned',
        refund: { refundId: one.refundId, amount: 1_000, by: 'shop' },
      },
    ]);
    const last = (await timeline(order)).at(-1);
    expect(last).toMatchObject({
      input: 'PAYMENT_REFUND_RETURNED',
      reason: 'refund-returned',
      reasonDetail: 'account  closed',
    });
    // the money can be given back again; the pieces are in stock already
    const again = await refund(order, { items: [{ productId: thing.id, quantity: 4 }] });
    await shop.refunds.pays(order, again);
    await shop.becomes(order.id, 'REFUNDED');
  });

  test.each([
    { restock: true, restocked: true },
    { restock: false, restocked: false },
  ])('a refund from before it was kept whether its pieces came back is sent back: %j', async (kept) => {
    const order = await shop.completed({ items: items() });
    const one = await refund(order, { items: [{ productId: thing.id, quantity: 1 }], restock: kept.restock });
    await shop.refunds.pays(order, one);
    if (kept.restock) await shop.refunds.restocks(order, one);
    await shop.becomes(order.id, 'PARTIALLY_REFUNDED');
    await shop.service.sql('UPDATE refund SET restocked = false WHERE order_id = $1', [order.id]);
    await say(order, 'PAYMENT_REFUND_RETURNED', { refundId: one.refundId, amount: 250, reason: 'closed' });
    await shop.becomes(order.id, 'COMPLETED');
    expect(await refunds(order)).toMatchObject([{ status: 'FAILED', restocked: kept.restocked }]);
  });

  test.each([
    { amount: 300, left: 700, ends: 'PARTIALLY_REFUNDED' },
    { amount: 900, left: 100, ends: 'PARTIALLY_REFUNDED' },
    { amount: 1_200, left: 0, ends: 'REFUNDED' },
  ] as const)(
    'F21 500 were asked for, and $amount were given back: that is what it is',
    async ({ amount, left, ends }) => {
      const order = await shop.completed({ items: items() });
      const body = { items: [{ productId: thing.id, quantity: 2 }], restock: true };
      const one = await refund(order, body);
      expect(one.amount).toBe(500);
      await shop.refunds.pays(order, { ...one, amount });
      await shows(order, amount);
      const shown = { amount, requestedAmount: 500, by: 'shop', failure: null };
      expect(await refunds(order)).toMatchObject([{ ...shown, status: 'PENDING', restocked: false }]);
      await shop.refunds.restocks(order, one);
      expect(await shop.becomes(order.id, ends)).toMatchObject({ refundedTotal: amount, reason: null });
      expect(await refunds(order, 'alice')).toMatchObject([{ ...shown, status: 'SUCCEEDED', restocked: true }]);
      expect((await published(order)).at(-1)).toMatchObject({
        eventType: 'ORDER_REFUNDED',
        status: ends,
        refundedTotal: amount,
        refund: { refundId: one.refundId, amount, by: 'shop' },
      });
      expect((await timeline(order)).slice(-2)).toMatchObject([
        { input: 'PAYMENT_REFUNDED', reason: null, reasonDetail: `refunded ${amount} instead of 500` },
        { input: 'RESERVATION_RESTOCKED', reason: null },
      ]);
      const more = await shop.service.call('POST', `/orders/${order.id}/refunds`, {
        token: tokens.admin,
        headers: { 'idempotency-key': randomUUID() },
        body: { amount: left + 1, reason: 'too much' },
      });
      expect(more).toMatchObject({ status: 409, body: { type: '/problems/refund-too-large', left } });
      await say(order, 'PAYMENT_REFUND_RETURNED', { refundId: one.refundId, amount, reason: 'account closed' });
      expect(await shop.becomes(order.id, 'COMPLETED')).toMatchObject({ refundedTotal: 0 });
      expect(await refunds(order)).toMatchObject([
        { amount, requestedAmount: 500, status: 'FAILED', failure: 'refund-returned', restocked: true },
      ]);
    },
  );

  test('F21 500 were asked for, and nothing was given back: it has failed, and the pieces stay with the customer', async () => {
    const order = await shop.completed({ items: items() });
    const one = await refund(order, { items: [{ productId: thing.id, quantity: 2 }], restock: true });
    await shop.refunds.pays(order, { ...one, amount: 0 });
    expect(await shop.becomes(order.id, 'COMPLETED')).toMatchObject({ refundedTotal: 0 });
    const [shown] = await refunds(order);
    expect(shown).toMatchObject({ amount: 500, status: 'FAILED', failure: 'refund-failed', restocked: false });
    expect(shown).not.toHaveProperty('requestedAmount');
    expect(await shop.sent(order.id)).not.toContain('RESERVATION_RESTOCK_REQUEST');
  });

  test('in one batch: another amount than asked for, its pieces, and that it came back', async () => {
    const order = await shop.completed({ items: items() });
    const { refundId } = await refund(order, { items: [{ productId: thing.id, quantity: 2 }], restock: true });
    const commandId = refundCommandIdOf(refundId, 'PAYMENT_REFUND_REQUEST');
    const restock = refundCommandIdOf(refundId, 'RESERVATION_RESTOCK_REQUEST');
    await shop.service.publishAll('order-event', [
      { type: 'PAYMENT_REFUNDED', key: order.id, payload: { commandId, refundId, amount: 300 } },
      { type: 'RESERVATION_RESTOCKED', key: order.id, payload: { commandId: restock, refundId } },
      {
        type: 'PAYMENT_REFUND_RETURNED',
        key: order.id,
        payload: { paymentId, refundId, amount: 300, reason: 'closed' },
      },
      {
        type: 'PAYMENT_PROVIDER_REFUNDED',
        key: order.id,
        payload: { paymentId, providerRefundId: 're_11', amount: 1 },
      },
    ]);
    expect(await shows(order, 1)).toMatchObject({ status: 'PARTIALLY_REFUNDED' });
    expect(await refunds(order)).toMatchObject([
      { amount: 300, requestedAmount: 500, status: 'FAILED', restocked: true },
      { amount: 1, status: 'SUCCEEDED' },
    ]);
  });

  test('in one batch: the refunds of several orders end, each as its own answer says', async () => {
    const orders = [await shop.completed({ items: items() }), await shop.completed({ items: items() })];
    const messages: SagaMessage[] = [];
    for (const [index, order] of orders.entries()) {
      const { refundId } = await refund(order, { amount: 100 + index });
      const commandId = refundCommandIdOf(refundId, 'PAYMENT_REFUND_REQUEST');
      messages.push({
        orderId: order.id,
        eventId: newId(),
        input: { type: 'PAYMENT_REFUNDED', payload: { commandId, refundId, amount: 100 + index } },
      });
    }
    const { app } = shop.service;
    await app.get(Transactor).run((tx) => app.get(AdvanceSagas).execute(tx, messages));
    for (const [index, order] of orders.entries()) {
      expect(await refunds(order)).toMatchObject([{ amount: 100 + index, status: 'SUCCEEDED' }]);
    }
  });

  test('in one batch: asked for, made, sent back, and another by hand', async () => {
    const order = await shop.completed({ items: items() });
    const one = await refund(order, { amount: 1_000 });
    const commandId = refundCommandIdOf(one.refundId, 'PAYMENT_REFUND_REQUEST');
    await shop.service.publishAll('order-event', [
      { type: 'PAYMENT_REFUNDED', key: order.id, payload: { commandId, refundId: one.refundId, amount: 1_000 } },
      {
        type: 'PAYMENT_REFUND_RETURNED',
        key: order.id,
        payload: { paymentId, refundId: one.refundId, amount: 1_000, reason: 'closed' },
      },
      {
        type: 'PAYMENT_PROVIDER_REFUNDED',
        key: order.id,
        payload: { paymentId, providerRefundId: 're_9', amount: 999 },
      },
      {
        type: 'PAYMENT_PROVIDER_REFUND_RETURNED',
        key: order.id,
        payload: { paymentId, providerRefundId: 're_9', amount: 999, reason: 'closed' },
      },
      {
        type: 'PAYMENT_PROVIDER_REFUNDED',
        key: order.id,
        payload: { paymentId, providerRefundId: 're_10', amount: 1 },
      },
    ]);
    expect(await shows(order, 1)).toMatchObject({ status: 'PARTIALLY_REFUNDED' });
    expect((await refunds(order)).map(({ amount, status }) => [amount, status])).toEqual([
      [1_000, 'FAILED'],
      [999, 'FAILED'],
      [1, 'SUCCEEDED'],
    ]);
  });

  test('a refund by hand while ours is under way: ours is refused for it, and is FAILED', async () => {
    const order = await shop.completed({ items: items() });
    const one = await refund(order, { items: [{ productId: thing.id, quantity: 4 }], restock: true });
    await say(order, 'PAYMENT_PROVIDER_REFUNDED', { providerRefundId: 're_1', amount: 600 });
    await shop.refunds.fails(order, one);
    expect(await shop.becomes(order.id, 'PARTIALLY_REFUNDED')).toMatchObject({ refundedTotal: 600 });
    expect((await refunds(order)).map(({ by, status }) => [by, status]).sort()).toEqual([
      ['provider', 'SUCCEEDED'],
      ['shop', 'FAILED'],
    ]);
    expect(await shop.sent(order.id)).not.toContain('RESERVATION_RESTOCK_REQUEST');
  });

  test('a refund by hand before the order is completed', async () => {
    const order = await shop.placed({ items: items() });
    await shop.stock.accepts(order);
    await shop.money.accepts(order);
    await shop.stock.confirms(order);
    await say(order, 'PAYMENT_PROVIDER_REFUNDED', { providerRefundId: 're_1', amount: 400 });
    await shop.money.confirms(order);
    expect(await shop.becomes(order.id, 'PARTIALLY_REFUNDED')).toMatchObject({ refundedTotal: 400 });
    expect((await published(order)).map(({ eventType, status }) => [eventType, status])).toEqual([
      ['ORDER_REFUNDED', 'PAID'],
      ['ORDER_COMPLETED', 'PARTIALLY_REFUNDED'],
    ]);
  });

  test('a void while the capture is waited for undoes the order; captured for more than the total does, too', async () => {
    const voided = await shop.placed({ items: items() });
    const more = await shop.placed({ items: items() });
    for (const order of [voided, more]) {
      await shop.stock.accepts(order);
      await shop.money.accepts(order);
      await shop.stock.confirms(order);
      await shop.becomes(order.id, 'PAID');
    }
    await say(voided, 'PAYMENT_PROVIDER_VOIDED', { reason: 'abandoned' });
    await shop.stock.releases(voided);
    await shop.money.releases(voided);
    expect(await shop.becomes(voided.id, 'PAYMENT_FAILED')).toMatchObject({
      reason: 'payment-voided',
      reasonDetail: 'abandoned',
    });

    await shop.money.confirms({ ...more, total: 1_001 });
    await shop.stock.releases(more);
    await shop.money.givesBack({ ...more, total: 1_001 });
    expect(await shop.becomes(more.id, 'PAYMENT_FAILED')).toMatchObject({
      reason: 'amount-mismatch',
      refundedTotal: 1_001,
    });

    const authorised = await shop.placed({ items: items() });
    await shop.stock.accepts(authorised);
    await shop.money.accepts({ ...authorised, total: 1_001 });
    await shop.stock.releases(authorised);
    await shop.money.releases(authorised);
    expect(await shop.becomes(authorised.id, 'PAYMENT_FAILED')).toMatchObject({ reason: 'amount-mismatch' });
  });

  test('the refund that undid an order is sent back: the order shows it, and nobody claims that the customer has it', async () => {
    const order = await shop.placed({ items: items() });
    await shop.stock.accepts(order);
    await shop.money.accepts(order);
    await shop.stock.confirms(order);
    await shop.money.doesNotConfirm(order);
    await shop.stock.releases(order);
    await shop.money.givesBack(order);
    expect(await shop.becomes(order.id, 'PAYMENT_FAILED')).toMatchObject({ refundedTotal: 1_000 });
    const refundId = commandIdOf(order.id, 'PAYMENT_RELEASE_REQUEST');
    await say(order, 'PAYMENT_REFUND_RETURNED', { refundId, amount: 1_000, reason: 'closed' });
    await say(order, 'PAYMENT_REFUND_RETURNED', { refundId, amount: 1_000, reason: 'closed' });
    expect(await shows(order, 0)).toMatchObject({ status: 'PAYMENT_FAILED' });
    expect(await refunds(order)).toMatchObject([{ refundId, amount: 1_000, by: 'shop', status: 'FAILED' }]);
    expect((await published(order)).map(({ eventType }) => eventType)).toEqual(['ORDER_FAILED', 'ORDER_REFUND_FAILED']);
  });

  test('disputes are shown with their changes, in an order of any status; ids and words to admins alone', async () => {
    const order = await shop.placed({ items: items() });
    const dispute = { disputeId: 'dp_1', amount: 1_000, reason: 'product_not_received' };
    const respondBy = '2026-02-03T04:05:06.000Z';
    const first = { ...dispute, amount: 900, reason: 'general', withheldAmount: 0 };
    await say(order, 'PAYMENT_DISPUTED', first);
    await say(order, 'PAYMENT_DISPUTED', first);
    await say(order, 'PAYMENT_DISPUTED', { ...dispute, withheldAmount: 1_000, respondBy });
    await say(order, 'PAYMENT_DISPUTED', { ...dispute, disputeId: 'dp_2', withheldAmount: 0, respondBy });
    const until = (what: string, done: (disputes: Order['disputes']) => boolean) =>
      shop.service.until(what, async () => done((await shop.order(order.id)).disputes));
    await until('both are shown', (disputes) => disputes.length === 2);
    const shown = await shop.order(order.id);
    expect(shown).toMatchObject({
      status: 'CREATED',
      disputes: [
        { ...dispute, withheldAmount: 1_000, respondBy, status: 'OPEN' },
        { disputeId: 'dp_2', withheldAmount: 0, status: 'OPEN' },
      ],
    });
    await say(order, 'PAYMENT_DISPUTE_CLOSED', { disputeId: 'dp_1', amount: 1_000, withheldAmount: 0, outcome: 'WON' });
    await say(order, 'PAYMENT_DISPUTE_CLOSED', { disputeId: 'dp_1', amount: 1_000, withheldAmount: 0, outcome: 'WON' });
    await until('one is closed', ([one]) => one?.status === 'WON');
    const mine = orderSchema.parse(await get(`/orders/${order.id}`, 'alice')).disputes;
    expect(mine).toMatchObject([{ amount: 1_000, withheldAmount: 0, status: 'WON', respondBy }, { status: 'OPEN' }]);
    for (const one of mine) expect(Object.keys(one)).not.toEqual(expect.arrayContaining(['disputeId', 'reason']));
    expect(await published(order)).toMatchObject([
      { eventType: 'ORDER_DISPUTED', status: 'CREATED', dispute: first },
      { eventType: 'ORDER_DISPUTED', dispute: { disputeId: 'dp_1', withheldAmount: 1_000 } },
      { eventType: 'ORDER_DISPUTED', dispute: { disputeId: 'dp_2' } },
      { eventType: 'ORDER_DISPUTE_CLOSED', outcome: 'WON', dispute: { ...dispute, withheldAmount: 0 } },
    ]);
    const page = (await get('/orders?limit=100')) as { data: Order[] };
    expect(page.data.find(({ id }) => id === order.id)?.disputes).toHaveLength(2);
  });

  test('facts about an unknown order have no effect', async () => {
    await say({ id: newId() }, 'PAYMENT_PROVIDER_REFUNDED', { providerRefundId: 're_1', amount: 1 });
    const order = await shop.completed({ items: items() });
    await say(order, 'PAYMENT_PROVIDER_CAPTURED', { capturedAmount: 1_000 });
    await shop.service.until('it is noted', async () => (await timeline(order)).length === 6);
    expect(await shop.order(order.id)).toMatchObject({ status: 'COMPLETED', refundedTotal: 0 });
    expect(await shop.service.sql('SELECT * FROM inbox_parked')).toEqual([]);
  });
});
