import { afterEach, describe, expect, test } from '@jest/globals';
import type { Order } from '@outrider/contracts';
import { Transactor } from '@outrider/service-kit/database';
import { createLogger } from '@outrider/service-kit/logging';
import { pauseConsumption } from '@outrider/service-kit/testing';
import { AdvanceDueSagas } from './commands/advance-due-sagas.js';
import { commandIdOf } from './domain/saga-command.js';
import { DEFAULT_TIMING } from './domain/saga-timing.js';
import { AwaitedOrders } from './queries/awaited-orders.js';
import { SagaMetrics } from './saga-metrics.js';
import { openShop, type Shop } from './testing/shop.js';

const LONG = '600000';

describe('an order whose answers do not come', () => {
  let shop: Shop;
  afterEach(() => shop.service.close());

  async function open(env: Readonly<Record<string, string>>): Promise<Order> {
    shop = await openShop({
      RESERVING_DEADLINE_MS: LONG,
      AUTHORIZING_DEADLINE_MS: LONG,
      COMMAND_RETRY_FIRST_MS: LONG,
      COMMAND_RETRY_LONGEST_MS: LONG,
      ...env,
    });
    const product = await shop.product();
    return shop.placed({ items: [{ productId: product.id, quantity: 1 }] });
  }

  test('is given up when nobody reserves in time: stock is released, FAILED', async () => {
    const placed = await open({ RESERVING_DEADLINE_MS: '200' });
    await shop.becomes(placed.id, 'COMPENSATING');
    // too late: what it reserved is released all the same
    await shop.stock.accepts(placed);
    await shop.stock.releases(placed);
    expect(await shop.becomes(placed.id, 'FAILED')).toMatchObject({ reason: 'reservation-timeout' });
    expect(await shop.sent(placed.id)).toEqual([
      'RESERVATION_CREATE_REQUEST',
      'ORDER_PLACED',
      'RESERVATION_RELEASE_REQUEST',
      'ORDER_FAILED',
    ]);
  });

  test('is given up when nobody pays in time: both are released, PAYMENT_FAILED', async () => {
    const placed = await open({ AUTHORIZING_DEADLINE_MS: '200' });
    await shop.stock.accepts(placed);
    await shop.becomes(placed.id, 'COMPENSATING');
    await shop.money.accepts(placed);
    await shop.stock.releases(placed);
    await shop.money.releases(placed);
    expect(await shop.becomes(placed.id, 'PAYMENT_FAILED')).toMatchObject({ reason: 'payment-timeout' });
  });

  test('F21 an answer was lost: the same command goes out again as a new event, from every replica together once', async () => {
    const placed = await open({ COMMAND_RETRY_FIRST_MS: '400', COMMAND_RETRY_LONGEST_MS: '400' });
    const replica = await shop.service.replica();
    const { service } = shop;
    const requests = async () =>
      (await service.emitted('reservation-event')).filter((event) => event.orderId === placed.id);
    await service.until('it was asked again, twice', async () => (await requests()).length >= 3);
    await shop.stock.accepts(placed);
    await shop.becomes(placed.id, 'PAYING');
    const sent = await requests();
    expect(new Set(sent.map(({ payload }) => payload.commandId))).toEqual(
      new Set([commandIdOf(placed.id, 'RESERVATION_CREATE_REQUEST')]),
    );
    expect(new Set(sent.map(({ eventId }) => eventId)).size).toBe(sent.length);
    expect(new Set(sent.map(({ payload }) => JSON.stringify(payload))).size).toBe(1);
    const rows = await service.sql<{ input: string; sent: string[] }>(
      'SELECT input, sent FROM saga_timeline WHERE order_id=$1 AND step=$2 ORDER BY version',
      [placed.id, 'RESERVING'],
    );
    // each event that went out stands in the timeline once
    expect(rows).toHaveLength(sent.length);
    expect(rows.slice(1)).toEqual(sent.slice(1).map(() => ({ input: 'RETRY', sent: ['RESERVATION_CREATE_REQUEST'] })));
    expect(await service.sql('SELECT 1 FROM saga_command WHERE order_id=$1', [placed.id])).toHaveLength(2);
    await replica.close();
  });

  test('never gives up undoing: what is still open is asked for again and again', async () => {
    const placed = await open({ COMMAND_RETRY_FIRST_MS: '200', COMMAND_RETRY_LONGEST_MS: '200' });
    const { service } = shop;
    await shop.stock.accepts(placed);
    await shop.money.refuses(placed);
    await shop.stock.releases(placed);
    const releases = async () =>
      (await service.emitted('payment-event')).filter((event) => event.eventType === 'PAYMENT_RELEASE_REQUEST');
    await service.until('it was asked four times', async () => (await releases()).length >= 4);
    expect(await shop.order(placed.id)).toMatchObject({ status: 'COMPENSATING' });
    await shop.money.releases(placed);
    await shop.becomes(placed.id, 'PAYMENT_FAILED');
    expect(new Set((await releases()).map(({ payload }) => payload.commandId)).size).toBe(1);
  });

  test('one order that cannot be moved keeps no other waiting', async () => {
    const good = await open({ LOG_LEVEL: 'silent' });
    const bad = await shop.placed({ items: [{ productId: good.lines[0]!.productId, quantity: 1 }] });
    const { service } = shop;
    await shop.stock.accepts(bad);
    await shop.money.refuses(bad);
    await shop.becomes(bad.id, 'COMPENSATING');
    // a command id that no contract lets through, and both are due, the bad one first
    await service.sql(
      `UPDATE saga SET stock_command_id = CASE WHEN order_id=$1 THEN gen_random_uuid() ELSE stock_command_id END,
        retry_at = now() - CASE WHEN order_id=$1 THEN interval '2 s' ELSE interval '1 s' END`,
      [bad.id],
    );
    await service.until('the good one was asked for again', async () => {
      const sent = await shop.sent(good.id);
      return sent.filter((type) => type === 'RESERVATION_CREATE_REQUEST').length === 2;
    });
    expect(await shop.order(bad.id)).toMatchObject({ status: 'COMPENSATING', version: 3 });
  });

  test('as many broken orders as are looked at in one go keep no other waiting', async () => {
    const good = await open({ SCAN_EVERY_MS: '3600000' });
    const { service } = shop;
    const item = { productId: good.lines[0]!.productId, quantity: 1 };
    const bad = await Promise.all([1, 2, 3].map(() => shop.placed({ items: [item] })));
    for (const order of bad) {
      await shop.stock.accepts(order);
      await shop.money.refuses(order);
      await shop.becomes(order.id, 'COMPENSATING');
    }
    const ids = bad.map(({ id }) => id);
    await service.sql(
      `UPDATE saga SET stock_command_id = CASE WHEN order_id = ANY($1::uuid[]) THEN gen_random_uuid() ELSE stock_command_id END,
        retry_at = now() - CASE WHEN order_id = ANY($1::uuid[]) THEN interval '2 s' ELSE interval '1 s' END`,
      [ids],
    );
    const due = new AdvanceDueSagas({
      transactor: service.app.get(Transactor),
      work: {
        timing: DEFAULT_TIMING,
        observer: service.app.get(SagaMetrics),
        awaited: service.app.get(AwaitedOrders),
        checks: undefined,
      },
      progress: { handledUntil: new Date(0), hasHandledUntil: async () => false },
      log: createLogger('test', 'silent'),
      atOnce: bad.length,
    });
    await due.execute();
    await due.execute();
    expect((await shop.sent(good.id)).filter((type) => type === 'RESERVATION_CREATE_REQUEST')).toHaveLength(2);
    for (const { id } of bad) expect(await shop.order(id)).toMatchObject({ status: 'COMPENSATING', version: 3 });
  });

  test('as many orders as are looked at in one go, whose deadline may not be acted on yet, keep no other from its retry', async () => {
    const good = await open({ RESERVING_DEADLINE_MS: '200', SCAN_EVERY_MS: '3600000' });
    const { service } = shop;
    await shop.stock.accepts(good);
    await shop.becomes(good.id, 'PAYING');
    const item = { productId: good.lines[0]!.productId, quantity: 1 };
    const late = await Promise.all([1, 2, 3].map(() => shop.placed({ items: [item] })));
    await service.until('their deadlines have passed', async () => {
      const sql = 'SELECT FROM saga WHERE order_id = ANY($1::uuid[]) AND deadline_at < now()';
      return (await service.sql(sql, [late.map(({ id }) => id)])).length === late.length;
    });
    await service.sql('UPDATE saga SET retry_at = now() WHERE order_id = $1', [good.id]);
    // a partition of the answers cannot be read
    let isRead = false;
    const progress = {
      handledUntil: new Date(0),
      hasHandledUntil: async (time: Date) => {
        if (isRead) progress.handledUntil = new Date();
        return time <= progress.handledUntil;
      },
    };
    const due = new AdvanceDueSagas({
      transactor: service.app.get(Transactor),
      work: {
        timing: DEFAULT_TIMING,
        observer: service.app.get(SagaMetrics),
        awaited: service.app.get(AwaitedOrders),
        checks: undefined,
      },
      progress,
      log: createLogger('test', 'silent'),
      atOnce: late.length,
    });
    expect(await due.execute()).toBe(false);
    expect((await shop.sent(good.id)).filter((type) => type === 'PAYMENT_CREATE_REQUEST')).toHaveLength(2);
    expect(await Promise.all(late.map(({ id }) => shop.order(id)))).toMatchObject(
      late.map(() => ({ status: 'CREATED' })),
    );
    isRead = true;
    // what may be done now follows at once
    expect(await due.execute()).toBe(true);
    await due.execute();
    expect(await Promise.all(late.map(({ id }) => shop.order(id)))).toMatchObject(
      late.map(() => ({ status: 'COMPENSATING', reason: 'reservation-timeout' })),
    );
  });

  test('F21 after an outage the earlier answers are handled first: an order that was paid in time is not given up', async () => {
    const placed = await open({ AUTHORIZING_DEADLINE_MS: '3000' });
    const { service } = shop;
    await shop.stock.accepts(placed);
    await shop.becomes(placed.id, 'PAYING');
    const outage = await pauseConsumption(service);
    try {
      await shop.money.accepts(placed);
      await service.until('its deadline has passed', async () => {
        const sql = 'SELECT 1 FROM saga WHERE order_id=$1 AND deadline_at < now()';
        return (await service.sql(sql, [placed.id])).length === 1;
      });
      for (let looks = 0; looks < 3; looks += 1) await service.app.get(AdvanceDueSagas).execute();
      expect(await shop.order(placed.id)).toMatchObject({ status: 'PAYING', version: 2 });
    } finally {
      await outage.resume();
    }
    await shop.stock.confirms(placed);
    await shop.money.confirms(placed);
    await shop.becomes(placed.id, 'COMPLETED');
  });
});
