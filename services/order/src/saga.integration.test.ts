import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId, type Order, type Timeline } from '@outrider/contracts';
import { Transactor } from '@outrider/service-kit/database';
import { AdvanceSagas } from './commands/advance-sagas.js';
import { commandIdOf } from './domain/saga-command.js';
import { openShop, type Product, type Shop } from './testing/shop.js';

describe('an order and the answers of inventory and payment', () => {
  let shop: Shop;
  let thing: Product;
  let gift: Product;

  beforeAll(async () => {
    shop = await openShop();
    thing = await shop.product({ price: 250 });
    gift = await shop.product({ price: 0 });
  });
  afterAll(() => shop.service.close());

  const order = (product = thing): Promise<Order> => shop.placed({ items: [{ productId: product.id, quantity: 2 }] });

  test('is reserved, paid, confirmed, captured: COMPLETED', async () => {
    const { stock, money } = shop;
    const placed = await order();
    expect(placed).toMatchObject({ status: 'CREATED', total: 500, version: 1 });
    await stock.accepts(placed);
    await shop.becomes(placed.id, 'PAYING');
    await money.accepts(placed);
    await shop.service.until('it is confirmed', async () =>
      (await shop.sent(placed.id)).includes('RESERVATION_CONFIRM_REQUEST'),
    );
    await stock.confirms(placed);
    await shop.becomes(placed.id, 'PAID');
    await money.confirms(placed);
    const end = await shop.becomes(placed.id, 'COMPLETED');
    expect(end).toEqual({ ...placed, status: 'COMPLETED', version: 5, updatedAt: end.updatedAt });
    expect(await shop.sent(placed.id)).toEqual([
      'RESERVATION_CREATE_REQUEST',
      'ORDER_PLACED',
      'PAYMENT_CREATE_REQUEST',
      'RESERVATION_CONFIRM_REQUEST',
      'PAYMENT_CONFIRM_REQUEST',
      'ORDER_COMPLETED',
    ]);
    const events = (await shop.service.emitted()).filter((event) => 'orderId' in event && event.orderId === placed.id);
    expect(events).toMatchObject([
      { payload: { lines: [{ productId: thing.id, quantity: 2 }] } },
      { payload: { customerId: 'alice', status: 'CREATED', total: 500, refundedTotal: 0 } },
      { payload: { amount: 500, currency: 'EUR', paymentMethod: 'pm_card' } },
      { payload: { commandId: commandIdOf(placed.id, 'RESERVATION_CONFIRM_REQUEST') } },
      { payload: { amount: 500 } },
      {
        payload: { status: 'COMPLETED', lines: [{ productId: thing.id, sku: thing.sku, quantity: 2, unitPrice: 250 }] },
      },
    ]);
  });

  test('has a timeline: each step with what brought it, what was sent and why', async () => {
    const placed = await order();
    const reserved = await shop.stock.accepts(placed);
    const declined = await shop.money.refuses(placed);
    const released = await shop.stock.releases(placed);
    const closed = await shop.money.releases(placed);
    await shop.becomes(placed.id, 'PAYMENT_FAILED');
    const token = await shop.service.token('alice', 'customer');
    const { body } = await shop.service.call('GET', `/orders/${placed.id}/timeline`, { token });
    const { data } = body as Timeline;
    const at = expect.any(String);
    expect(data).toEqual([
      {
        at,
        input: 'PLACED',
        step: 'RESERVING',
        status: 'CREATED',
        eventId: null,
        sent: ['RESERVATION_CREATE_REQUEST'],
        reason: null,
      },
      {
        at,
        input: 'RESERVATION_CREATION_SUCCEEDED',
        step: 'AUTHORIZING',
        status: 'PAYING',
        eventId: reserved,
        sent: ['PAYMENT_CREATE_REQUEST'],
        reason: null,
      },
      {
        at,
        input: 'PAYMENT_CREATION_FAILED',
        step: 'COMPENSATING',
        status: 'COMPENSATING',
        eventId: declined,
        sent: ['RESERVATION_RELEASE_REQUEST', 'PAYMENT_RELEASE_REQUEST'],
        reason: 'payment-failed',
      },
      {
        at,
        input: 'RESERVATION_RELEASE',
        step: 'COMPENSATING',
        status: 'COMPENSATING',
        eventId: released,
        sent: [],
        reason: null,
      },
      {
        at,
        input: 'PAYMENT_RELEASE',
        step: 'DONE',
        status: 'PAYMENT_FAILED',
        eventId: closed,
        sent: [],
        reason: 'payment-failed',
      },
    ]);
    const times = data.map(({ at }) => at);
    expect(times).toEqual([...times].sort());
  });

  test('out of stock: FAILED, and payment was never asked', async () => {
    const placed = await order();
    await shop.stock.refuses(placed);
    expect(await shop.becomes(placed.id, 'FAILED')).toMatchObject({ reason: 'out-of-stock' });
    expect(await shop.sent(placed.id)).toEqual(['RESERVATION_CREATE_REQUEST', 'ORDER_PLACED', 'ORDER_FAILED']);
  });

  test('declined: PAYMENT_FAILED only when stock and money have both said that they are closed', async () => {
    const placed = await order();
    await shop.stock.accepts(placed);
    await shop.money.refuses(placed);
    await shop.becomes(placed.id, 'COMPENSATING');
    await shop.money.releases(placed);
    await shop.service.until('payment has answered', async () => (await shop.order(placed.id)).version === 4);
    expect(await shop.order(placed.id)).toMatchObject({ status: 'COMPENSATING' });
    await shop.stock.releases(placed);
    expect(await shop.becomes(placed.id, 'PAYMENT_FAILED')).toMatchObject({
      reason: 'payment-failed',
      reasonDetail: 'card declined',
    });
    expect(await shop.sent(placed.id)).toEqual([
      'RESERVATION_CREATE_REQUEST',
      'ORDER_PLACED',
      'PAYMENT_CREATE_REQUEST',
      'RESERVATION_RELEASE_REQUEST',
      'PAYMENT_RELEASE_REQUEST',
      'ORDER_FAILED',
    ]);
  });

  test('F26 the capture fails for good: stock and money are given back, PAYMENT_FAILED', async () => {
    const placed = await order();
    await shop.stock.accepts(placed);
    await shop.money.accepts(placed);
    await shop.stock.confirms(placed);
    await shop.money.doesNotConfirm(placed);
    await shop.becomes(placed.id, 'COMPENSATING');
    await shop.stock.releases(placed);
    await shop.money.releases(placed);
    expect(await shop.becomes(placed.id, 'PAYMENT_FAILED')).toMatchObject({
      reason: 'payment-failed',
      reasonDetail: 'card expired',
    });
  });

  test('F25 the reservation expires while paying: FAILED after both are closed', async () => {
    const placed = await order();
    await shop.stock.accepts(placed);
    await shop.service.publish('order-event', 'RESERVATION_EXPIRED', placed.id, {});
    await shop.becomes(placed.id, 'COMPENSATING');
    await shop.stock.releases(placed);
    await shop.money.releases(placed);
    expect(await shop.becomes(placed.id, 'FAILED')).toMatchObject({ reason: 'reservation-expired' });
  });

  test('a total of 0 completes without payment', async () => {
    const placed = await order(gift);
    expect(placed.total).toBe(0);
    await shop.stock.accepts(placed);
    await shop.stock.confirms(placed);
    await shop.becomes(placed.id, 'COMPLETED');
    expect(await shop.sent(placed.id)).toEqual([
      'RESERVATION_CREATE_REQUEST',
      'ORDER_PLACED',
      'RESERVATION_CONFIRM_REQUEST',
      'ORDER_COMPLETED',
    ]);
  });

  test('shows the customer what to do, until it is done', async () => {
    const placed = await order();
    await shop.stock.accepts(placed);
    const action = { redirectUrl: 'https://bank.example/3ds?x=1', expiresAt: '2030-01-01T00:00:00.000Z' };
    const commandId = commandIdOf(placed.id, 'PAYMENT_CREATE_REQUEST');
    await shop.service.publish('order-event', 'PAYMENT_ACTION_REQUIRED', placed.id, {
      commandId,
      paymentId: newId(),
      ...action,
    });
    await shop.service.until('it is shown', async () => (await shop.order(placed.id)).action !== null);
    expect(await shop.order(placed.id)).toMatchObject({ status: 'PAYING', action });
    await shop.money.accepts(placed);
    await shop.service.until('it is done', async () => (await shop.order(placed.id)).action === null);
  });

  test('F21 answers that come twice, out of order, too late or for an unknown order have no effect', async () => {
    const placed = await order();
    const unknown = { id: newId(), total: 1 };
    // before they were asked for
    await shop.money.confirms(placed);
    await shop.stock.confirms(placed);
    await shop.money.accepts(placed);
    await shop.stock.accepts(unknown);
    await shop.stock.accepts(placed);
    await shop.stock.accepts(placed);
    await shop.stock.refuses(placed);
    await shop.money.accepts(placed);
    await shop.money.refuses(placed);
    await shop.stock.confirms(placed);
    await shop.stock.releases(placed);
    await shop.service.publish('order-event', 'RESERVATION_EXPIRED', placed.id, {});
    await shop.money.confirms(placed);
    await shop.becomes(placed.id, 'COMPLETED');
    await shop.money.doesNotConfirm(placed);
    await shop.money.releases(placed);
    // what comes after all this in the same partition is handled after it
    await shop.service.publish('order-event', 'RESERVATION_EXPIRED', placed.id, {});
    await shop.service.until('all were counted', async () => {
      const metrics = await (await fetch(`${shop.service.adminUrl}/metrics`)).text();
      return /saga_ignored_inputs_total\{step="DONE",input="PAYMENT_RELEASE"[^}]*\} 1/u.test(metrics);
    });
    expect(await shop.order(placed.id)).toMatchObject({ status: 'COMPLETED', version: 5 });
    const metrics = await (await fetch(`${shop.service.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(/saga_ignored_inputs_total\{step="NONE",input="RESERVATION_CREATION_SUCCEEDED"[^}]*\} 1/u);
    expect(metrics).toMatch(/saga_finished_total\{outcome="COMPLETED",started_version="[0-9.]+"[^}]*\} [1-9]/u);
    for (const name of [
      'saga_duration_seconds_bucket',
      'saga_in_step{step="RESERVING"',
      'saga_oldest_in_step_age_seconds',
    ]) {
      expect(metrics).toContain(name);
    }
    expect(await shop.service.sql('SELECT * FROM inbox_parked')).toEqual([]);
  });

  test('F42 of many that take the same step at the same time, one sends the command', async () => {
    const replica = await shop.service.replica();
    const orders = await Promise.all(Array.from({ length: 5 }, () => order()));
    await Promise.all(
      [shop.service, replica, shop.service, replica].flatMap(({ app }) =>
        orders.map((placed) =>
          app.get(Transactor).run((tx) =>
            app.get(AdvanceSagas).execute(tx, [
              {
                orderId: placed.id,
                eventId: newId(),
                input: {
                  type: 'RESERVATION_CREATION_SUCCEEDED',
                  payload: {
                    commandId: commandIdOf(placed.id, 'RESERVATION_CREATE_REQUEST'),
                    reservationId: newId(),
                    expiresAt: new Date().toISOString(),
                  },
                },
              },
            ]),
          ),
        ),
      ),
    );
    const ids = orders.map(({ id }) => id).sort();
    const commands = await shop.service.sql(
      `SELECT order_id FROM saga_command WHERE type='PAYMENT_CREATE_REQUEST' AND order_id = ANY($1::uuid[]) ORDER BY 1`,
      [ids],
    );
    expect(commands).toEqual(ids.map((id) => ({ order_id: id })));
    const sent = await shop.service.emitted('payment-event');
    expect(
      sent
        .map(({ orderId }) => orderId)
        .filter((id) => ids.includes(id))
        .sort(),
    ).toEqual(ids);
    for (const { id } of orders) expect(await shop.order(id)).toMatchObject({ status: 'PAYING', version: 2 });
    await replica.close();
  });
});
