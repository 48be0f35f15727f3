import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId, orderSchema, timelineSchema, type Order } from '@outrider/contracts';
import { Transactor } from '@outrider/service-kit/database';
import type { TestService } from '@outrider/service-kit/testing';
import { CancelOrder } from './commands/cancel-order.js';
import { DEFAULT_TIMING } from './domain/saga-timing.js';
import { AwaitedOrders } from './queries/awaited-orders.js';
import { SagaMetrics } from './saga-metrics.js';
import { openShop, type Product, type Shop } from './testing/shop.js';

describe('cancelling an order', () => {
  let shop: Shop;
  let replica: TestService;
  let thing: Product;

  beforeAll(async () => {
    shop = await openShop();
    replica = await shop.service.replica();
    thing = await shop.product({ price: 250 });
  });
  afterAll(async () => {
    await replica.close();
    await shop.service.close();
  });

  const order = (): Promise<Order> => shop.placed({ items: [{ productId: thing.id, quantity: 2 }] });
  const cancel = async (
    { id }: { id: string },
    who = 'alice',
    role: 'customer' | 'admin' = 'customer',
    via = shop.service,
  ) => via.call('POST', `/orders/${id}/cancel`, { token: await shop.service.token(who, role) });
  const asks = (id: string, type: string) =>
    shop.service.until(`it asks ${type}`, async () => (await shop.sent(id)).includes(type));
  const timeline = async ({ id }: Order) =>
    timelineSchema.parse(
      (await shop.service.call('GET', `/orders/${id}/timeline`, { token: await shop.service.token('boss', 'admin') }))
        .body,
    ).data;

  async function reaches(step: 'RESERVING' | 'AUTHORIZING' | 'CONFIRMING' | 'CAPTURING'): Promise<Order> {
    const placed = await order();
    if (step === 'RESERVING') return placed;
    await shop.stock.accepts(placed);
    await asks(placed.id, 'PAYMENT_CREATE_REQUEST');
    if (step === 'AUTHORIZING') return placed;
    await shop.money.accepts(placed);
    await asks(placed.id, 'RESERVATION_CONFIRM_REQUEST');
    if (step === 'CONFIRMING') return placed;
    await shop.stock.confirms(placed);
    await shop.becomes(placed.id, 'PAID');
    return placed;
  }

  test('while reserving: 202, again 200; stock is released, payment never asked; one lifecycle event is published', async () => {
    const placed = await reaches('RESERVING');
    const answer = await cancel(placed);
    expect(answer.status).toBe(202);
    expect(orderSchema.parse(answer.body)).toMatchObject({ id: placed.id, status: 'CANCELLING', reason: 'cancelled' });
    expect(await cancel(placed)).toMatchObject({ status: 200, body: { status: 'CANCELLING', version: 2 } });
    await shop.stock.releases(placed);
    await shop.becomes(placed.id, 'CANCELLED');
    expect(await cancel(placed, 'boss', 'admin')).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
    expect(await shop.sent(placed.id)).toEqual([
      'RESERVATION_CREATE_REQUEST',
      'ORDER_PLACED',
      'RESERVATION_RELEASE_REQUEST',
      'ORDER_CANCELLED',
    ]);
    expect(await timeline(placed)).toMatchObject([
      { input: 'PLACED' },
      { input: 'CANCEL', step: 'COMPENSATING', status: 'CANCELLING', eventId: null, reason: 'cancelled' },
      { input: 'RESERVATION_RELEASE', step: 'DONE', status: 'CANCELLED', reason: 'cancelled' },
    ]);
  });

  test.each(['AUTHORIZING', 'CONFIRMING'] as const)('while %s: both are released, then CANCELLED', async (step) => {
    const placed = await reaches(step);
    expect(await cancel(placed, 'boss', 'admin')).toMatchObject({ status: 202, body: { status: 'CANCELLING' } });
    await shop.stock.releases(placed);
    await shop.service.until(
      'stock is closed',
      async () => (await timeline(placed)).at(-1)?.input === 'RESERVATION_RELEASE',
    );
    expect(await shop.order(placed.id)).toMatchObject({ status: 'CANCELLING' });
    await shop.money.releases(placed);
    expect(await shop.becomes(placed.id, 'CANCELLED')).toMatchObject({ reason: 'cancelled' });
    expect((await shop.sent(placed.id)).slice(-3)).toEqual([
      'RESERVATION_RELEASE_REQUEST',
      'PAYMENT_RELEASE_REQUEST',
      'ORDER_CANCELLED',
    ]);
  });

  test('F44 while capturing: noted, waits for the capture’s answer, then all of it is given back', async () => {
    const placed = await reaches('CAPTURING');
    expect(await cancel(placed)).toMatchObject({ status: 202, body: { status: 'PAID' } });
    expect(await cancel(placed)).toMatchObject({ status: 200, body: { status: 'PAID' } });
    expect(await shop.sent(placed.id)).not.toContain('PAYMENT_RELEASE_REQUEST');
    await shop.money.confirms(placed);
    await shop.becomes(placed.id, 'CANCELLING');
    await shop.stock.releases(placed);
    // nothing given back of what was captured: not closed
    await shop.money.releases(placed);
    await shop.money.givesBack(placed);
    expect(await shop.becomes(placed.id, 'CANCELLED')).toMatchObject({ refundedTotal: 500 });
    expect(await timeline(placed)).toMatchObject([
      { input: 'PLACED' },
      { input: 'RESERVATION_CREATION_SUCCEEDED' },
      { input: 'PAYMENT_CREATION_SUCCEEDED' },
      { input: 'RESERVATION_CONFIRM' },
      { input: 'CANCEL', step: 'CAPTURING', sent: [], reason: 'cancelled' },
      { input: 'PAYMENT_CONFIRM', step: 'COMPENSATING', reason: 'cancelled' },
      { input: 'RESERVATION_RELEASE' },
      { input: 'PAYMENT_RELEASE', step: 'DONE', status: 'CANCELLED' },
    ]);
  });

  test('F44 while capturing, and the capture fails: still CANCELLED', async () => {
    const placed = await reaches('CAPTURING');
    expect((await cancel(placed)).status).toBe(202);
    await shop.money.doesNotConfirm(placed);
    await shop.becomes(placed.id, 'CANCELLING');
    await shop.money.releases(placed);
    await shop.stock.releases(placed);
    expect(await shop.becomes(placed.id, 'CANCELLED')).toMatchObject({
      refundedTotal: 0,
      reason: 'cancelled',
      reasonDetail: 'card expired',
    });
  });

  test('F24 the authorisation arrives after cancelling: it moves nothing, payment was asked to release', async () => {
    const placed = await reaches('AUTHORIZING');
    expect((await cancel(placed)).status).toBe(202);
    await shop.money.accepts(placed);
    await shop.stock.releases(placed);
    await shop.money.releases(placed);
    await shop.becomes(placed.id, 'CANCELLED');
    // and later still
    await shop.money.accepts(placed);
    expect((await shop.sent(placed.id)).slice(2)).toEqual([
      'PAYMENT_CREATE_REQUEST',
      'RESERVATION_RELEASE_REQUEST',
      'PAYMENT_RELEASE_REQUEST',
      'ORDER_CANCELLED',
    ]);
  });

  test('too late: completed, failed, or being undone for another reason: 409, and nothing is sent', async () => {
    const completed = await reaches('CAPTURING');
    await shop.money.confirms(completed);
    await shop.becomes(completed.id, 'COMPLETED');
    const failed = await order();
    await shop.stock.refuses(failed);
    await shop.becomes(failed.id, 'FAILED');
    const failing = await reaches('AUTHORIZING');
    await shop.money.refuses(failing);
    await shop.becomes(failing.id, 'COMPENSATING');
    for (const late of [completed, failed, failing]) {
      const before = [await shop.order(late.id), await shop.sent(late.id)];
      expect(await cancel(late)).toMatchObject({ status: 409, body: { type: '/problems/too-late' } });
      expect([await shop.order(late.id), await shop.sent(late.id)]).toEqual(before);
    }
  });

  test('a shop may close the window earlier: too late in its words, and nothing is sent', async () => {
    const { app } = shop.service;
    const strict = new CancelOrder({
      transactor: app.get(Transactor),
      work: {
        timing: DEFAULT_TIMING,
        observer: app.get(SagaMetrics),
        awaited: app.get(AwaitedOrders),
        checks: undefined,
      },
      policy: { refusalOf: ({ by, status }) => (by === 'customer' && status === 'PAYING' ? 'Call us' : undefined) },
    });
    const placed = await reaches('AUTHORIZING');
    const alice = { kind: 'customer', customerId: 'alice' } as const;
    await expect(strict.execute({ orderId: placed.id, by: alice })).rejects.toMatchObject({
      kind: 'too-late',
      detail: 'Call us',
    });
    expect(await shop.order(placed.id)).toMatchObject({ status: 'PAYING', version: 2 });
    expect(await strict.execute({ orderId: placed.id, by: { kind: 'admin' } })).toBe('asked');
    await shop.becomes(placed.id, 'CANCELLING');
    expect(await strict.execute({ orderId: placed.id, by: alice })).toBe('asked-before');
  });

  test('F33 nobody cancels another’s order', async () => {
    const placed = await order();
    expect((await shop.service.call('POST', `/orders/${placed.id}/cancel`)).status).toBe(401);
    expect((await cancel(placed, 'mallory')).status).toBe(404);
    expect((await cancel({ id: newId() })).status).toBe(404);
    expect((await cancel({ id: 'x' })).status).toBe(400);
    expect(await shop.order(placed.id)).toEqual(placed);
  });

  test('F29 cancelling, many times and on two replicas, against the answer of the same moment: one wins, nothing is lost', async () => {
    const all = await Promise.all(
      Array.from({ length: 12 }, async (_, n) => reaches(n % 2 === 0 ? 'RESERVING' : 'CAPTURING')),
    );
    const ends = await Promise.all(
      all.map(async (placed, n) => {
        const [, ...answers] = await Promise.all([
          n % 2 === 0 ? shop.stock.accepts(placed) : shop.money.confirms(placed),
          cancel(placed),
          cancel(placed, 'alice', 'customer', replica),
          cancel(placed, 'boss', 'admin', replica),
        ]);
        return answers.map(({ status }) => status).sort();
      }),
    );
    for (const [n, placed] of all.entries()) {
      const statuses = ends[n]!;
      if (statuses.includes(409)) {
        // the capture came first
        expect(statuses).toEqual([409, 409, 409]);
        await shop.becomes(placed.id, 'COMPLETED');
        continue;
      }
      expect(statuses).toEqual([200, 200, 202]);
      await shop.becomes(placed.id, 'CANCELLING');
      await shop.stock.releases(placed);
      if (n % 2 === 0) await shop.money.releases(placed);
      else await shop.money.givesBack(placed);
      await shop.becomes(placed.id, 'CANCELLED');
      const sent = await shop.sent(placed.id);
      expect(sent.filter((type) => type === 'RESERVATION_RELEASE_REQUEST')).toHaveLength(1);
      expect(sent.filter((type) => type === 'ORDER_CANCELLED')).toHaveLength(1);
      const versions = await shop.service.sql('SELECT version FROM saga_timeline WHERE order_id=$1 ORDER BY 1', [
        placed.id,
      ]);
      expect(versions).toEqual(versions.map((_row, index) => ({ version: index + 1 })));
    }
  });
});
