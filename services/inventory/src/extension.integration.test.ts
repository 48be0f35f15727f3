import { describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { pauseConsumption } from '@outrider/service-kit/testing';
import { ExpireReservations } from './commands/expire-reservations.js';
import { KEYS, openWarehouse, parkedMessages, withReplicas, wrongBooks, type Warehouse } from './testing/warehouse.js';

const HOUR = 3_600_000;
const inAnHour = (): Date => new Date(Date.now() + HOUR);

async function withWarehouse(
  env: Record<string, string>,
  work: (warehouse: Warehouse) => Promise<void>,
): Promise<void> {
  const warehouse = await openWarehouse(env);
  try {
    await work(warehouse);
    expect(await wrongBooks(warehouse.service)).toEqual([]);
    expect(await parkedMessages(warehouse.service)).toEqual([]);
  } finally {
    await warehouse.service.close();
  }
}

/** When the pieces kept for an order are given back, as outsiders see it. */
async function expiryOf({ service }: Warehouse, orderId: string): Promise<number> {
  const { body } = await service.call('GET', `/reservations?orderId=${orderId}`, { apiKey: KEYS.read });
  return Date.parse(body.data[0]?.expiresAt);
}

async function reserved(warehouse: Warehouse, product: string): Promise<string> {
  const order = newId();
  await warehouse.create(order, [{ productId: product, quantity: 1 }]);
  return order;
}

/** Another command about the order was handled, and so everything before it: events of a key keep their order. */
async function handled(warehouse: Warehouse, order: string, after: number): Promise<string | undefined> {
  await warehouse.restock(order, newId(), [{ productId: newId(), quantity: 1 }]);
  return (await warehouse.untilSent(order, after + 1)).at(-1)?.eventType;
}

describe('a reservation that is asked to be kept longer', () => {
  test('F46 outlives its own time, and can be sold then', () =>
    withWarehouse({ RESERVATION_EXPIRY_MS: '500' }, async (warehouse) => {
      const product = await warehouse.product(5);
      const [kept, left] = [newId(), newId()];
      const until = inAnHour();
      const create = (key: string) => ({
        type: 'RESERVATION_CREATE_REQUEST' as const,
        key,
        payload: { commandId: newId(), lines: [{ productId: product, quantity: 1 }] },
      });
      // in one batch, so that it is asked in time
      await warehouse.service.publishAll('reservation-event', [
        create(kept),
        {
          type: 'RESERVATION_EXTEND_REQUEST',
          key: kept,
          payload: { commandId: newId(), until: until.toISOString() },
        },
      ]);
      await warehouse.untilSent(kept, 1);
      await warehouse.service.publishAll('reservation-event', [create(left)]);
      expect(await warehouse.untilSent(left, 2)).toMatchObject([{}, { eventType: 'RESERVATION_EXPIRED' }]);
      expect(await warehouse.status(kept)).toBe('RESERVED');
      expect(await expiryOf(warehouse, kept)).toBe(until.getTime());
      await warehouse.confirm(kept);
      expect(await warehouse.untilSent(kept, 2)).toMatchObject([
        { eventType: 'RESERVATION_CREATION_SUCCEEDED' },
        { eventType: 'RESERVATION_CONFIRM' },
      ]);
      expect(await warehouse.stock(product)).toMatchObject({ onHand: 4, reserved: 0 });
    }));

  test('is kept until the latest that was asked for, whatever came first, and not published', () =>
    withWarehouse({}, async (warehouse) => {
      const order = await reserved(warehouse, await warehouse.product(5));
      await warehouse.untilSent(order, 1);
      const [sooner, later] = [inAnHour(), new Date(Date.now() + 2 * HOUR)];
      for (const until of [later, sooner, later, new Date(0)]) await warehouse.extend(order, until);
      expect(await handled(warehouse, order, 1)).toBe('RESERVATION_RESTOCKED');
      expect(await expiryOf(warehouse, order)).toBe(later.getTime());
    }));

  test('is kept no longer than the longest time, however often it is asked, and given back then', () =>
    withWarehouse({ RESERVATION_EXPIRY_MS: '200', RESERVATION_LONGEST_MS: '900' }, async (warehouse) => {
      const product = await warehouse.product(5);
      const order = newId();
      const extend = {
        type: 'RESERVATION_EXTEND_REQUEST' as const,
        key: order,
        payload: { commandId: newId(), until: new Date(Date.now() + 1_000 * HOUR).toISOString() },
      };
      const lines = [{ productId: product, quantity: 1 }];
      await warehouse.service.publishAll('reservation-event', [
        { type: 'RESERVATION_CREATE_REQUEST', key: order, payload: { commandId: newId(), lines } },
        extend,
        extend,
      ]);
      await warehouse.untilSent(order, 1);
      for (let n = 0; n < 20; n += 1) await warehouse.extend(order, inAnHour());
      expect((await warehouse.untilSent(order, 2)).at(-1)).toMatchObject({ eventType: 'RESERVATION_EXPIRED' });
      const [row] = await warehouse.service.sql<{ kept: number }>(
        `SELECT extract(epoch FROM updated_at - created_at)::float8 AS kept FROM reservation WHERE order_id=$1`,
        [order],
      );
      // outlived its own time, and ended by the longest
      expect(row!.kept).toBeGreaterThanOrEqual(0.85);
      expect(await warehouse.stock(product)).toMatchObject({ onHand: 5, reserved: 0 });
    }));

  test('a longest time below the ordinary one shortens nothing', () =>
    withWarehouse({ RESERVATION_LONGEST_MS: '1' }, async (warehouse) => {
      const order = await reserved(warehouse, await warehouse.product(5));
      await warehouse.untilSent(order, 1);
      const before = await expiryOf(warehouse, order);
      await warehouse.extend(order, inAnHour());
      await handled(warehouse, order, 1);
      expect(await expiryOf(warehouse, order)).toBe(before);
    }));

  test('F44 changes nothing when nothing is kept: not there yet, sold, released, expired', () =>
    withWarehouse({ RESERVATION_EXPIRY_MS: '300' }, async (warehouse) => {
      const product = await warehouse.product(9);
      const early = newId();
      await warehouse.extend(early, inAnHour());
      await warehouse.create(early, [{ productId: product, quantity: 1 }]);
      // it expires by its own time: what was asked before it was there is forgotten
      expect((await warehouse.untilSent(early, 2)).at(-1)).toMatchObject({ eventType: 'RESERVATION_EXPIRED' });
      await warehouse.extend(early, inAnHour());
      await handled(warehouse, early, 2);
      expect(await warehouse.status(early)).toBe('EXPIRED');
      const lines = [{ productId: product, quantity: 1 }];
      for (const [end, last] of [
        ['RESERVATION_RELEASE_REQUEST', 'RELEASED'],
        ['RESERVATION_CONFIRM_REQUEST', 'CONFIRMED'],
      ] as const) {
        const order = newId();
        const payload = { commandId: newId(), reason: 'test', until: inAnHour().toISOString() };
        await warehouse.service.publishAll('reservation-event', [
          { type: 'RESERVATION_CREATE_REQUEST', key: order, payload: { commandId: newId(), lines } },
          { type: end, key: order, payload },
          { type: 'RESERVATION_EXTEND_REQUEST', key: order, payload },
        ]);
        await warehouse.untilSent(order, 2);
        await handled(warehouse, order, 2);
        expect(await warehouse.status(order)).toBe(last);
      }
      expect(await warehouse.stock(product)).toMatchObject({ onHand: 8, reserved: 0 });
    }));

  test('F45 at the moment of its expiry, with replicas: it is kept or reported as expired, never both, and the books are right', () =>
    withWarehouse({ RESERVATION_EXPIRY_MS: '400', RESERVATION_SCAN_MS: '5' }, async (warehouse) => {
      await withReplicas(warehouse.service, 3);
      const [product] = await warehouse.products(1, 1_000);
      const orders = Array.from({ length: 40 }, newId);
      const lines = [{ productId: product!, quantity: 1 }];
      for (const key of orders) await warehouse.create(key, lines);
      await Promise.all(
        orders.map(async (order) => {
          await warehouse.service.until('it is about to expire, or has', async () => {
            const soon = `SELECT 1 FROM reservation WHERE order_id=$1
              AND (expires_at IS NULL OR expires_at < now() + interval '20 ms')`;
            return (await warehouse.service.sql(soon, [order])).length === 1;
          });
          await warehouse.extend(order, inAnHour());
          await warehouse.restock(order, newId(), lines);
        }),
      );
      await warehouse.untilAnswered(2 * orders.length);
      const sent = Map.groupBy(await warehouse.service.emitted('order-event'), ({ orderId }) => orderId);
      let kept = 0;
      for (const order of orders) {
        const expired = sent.get(order)?.some(({ eventType }) => eventType === 'RESERVATION_EXPIRED');
        expect([order, await warehouse.status(order)]).toEqual([order, expired ? 'EXPIRED' : 'RESERVED']);
        if (!expired) kept += 1;
      }
      expect(await warehouse.stock(product!)).toMatchObject({ onHand: 1_000, reserved: kept });
    }));
});

test('F21 after an outage the requests sent before are handled first: what was to be kept longer is kept, what was sold is sold', () =>
  withWarehouse({ RESERVATION_EXPIRY_MS: '3000' }, async (warehouse) => {
    const { service } = warehouse;
    const product = await warehouse.product(9);
    const [kept, sold, left] = await Promise.all([1, 2, 3].map(() => reserved(warehouse, product)));
    for (const order of [kept!, sold!, left!]) await warehouse.untilSent(order, 1);
    const outage = await pauseConsumption(service);
    try {
      await warehouse.extend(kept!, inAnHour());
      await warehouse.confirm(sold!);
      await service.until('their time is over', async () => {
        const past = 'SELECT 1 FROM reservation WHERE expires_at < now()';
        return (await service.sql(past)).length === 3;
      });
      for (let looks = 0; looks < 3; looks += 1) await service.app.get(ExpireReservations).execute();
    } finally {
      await outage.resume();
    }
    expect(await warehouse.untilSent(sold!, 2)).toMatchObject([{}, { eventType: 'RESERVATION_CONFIRM' }]);
    expect(await warehouse.untilSent(left!, 2)).toMatchObject([{}, { eventType: 'RESERVATION_EXPIRED' }]);
    expect(await warehouse.status(kept!)).toBe('RESERVED');
    expect(await warehouse.stock(product)).toMatchObject({ onHand: 8, reserved: 1 });
  }));
