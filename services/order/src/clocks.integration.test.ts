import { afterEach, describe, expect, test } from '@jest/globals';
import type { Order } from '@outrider/contracts';
import { commandIdOf } from './domain/saga-command.js';
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
    expect(await shop.becomes(placed.id, 'FAILED')).toMatchObject({ reason: 'RESERVATION_DEADLINE' });
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
    expect(await shop.becomes(placed.id, 'PAYMENT_FAILED')).toMatchObject({ reason: 'PAYMENT_DEADLINE' });
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
    // words that no contract lets through, and both are due, the bad one first
    await service.sql(
      `UPDATE saga SET reason = CASE WHEN order_id=$1 THEN repeat('x', 600) END,
        retry_at = now() - CASE WHEN order_id=$1 THEN interval '2 s' ELSE interval '1 s' END`,
      [bad.id],
    );
    await service.until('the good one was asked for again', async () => {
      const sent = await shop.sent(good.id);
      return sent.filter((type) => type === 'RESERVATION_CREATE_REQUEST').length === 2;
    });
    expect(await shop.order(bad.id)).toMatchObject({ status: 'COMPENSATING', version: 3 });
  });
});
