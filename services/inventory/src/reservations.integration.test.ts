import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { openWarehouse, parkedMessages, wrongBooks, type Warehouse } from './testing/warehouse.js';

const line = (productId: string, quantity: number) => ({ productId, quantity });

describe('reservations by events', () => {
  let warehouse: Warehouse;

  beforeAll(async () => {
    warehouse = await openWarehouse();
  });
  afterAll(async () => {
    await warehouse.service.close();
  });

  test('a product gets its stock once, and an order is reserved and sold', async () => {
    const { service } = warehouse;
    const product = await warehouse.product(10);
    await warehouse.product(99, product);
    for (const type of ['PRICE_CHANGED', 'PRODUCT_RETIRED'] as const) {
      await service.publish('catalog-event', type, product, {
        sku: 's',
        name: 'n',
        price: 2,
        currency: 'EUR',
        version: 2,
      });
    }
    const order = newId();
    await warehouse.create(order, [line(product, 4)]);
    const [created] = await warehouse.untilSent(order, 1);
    expect(created).toMatchObject({ eventType: 'RESERVATION_CREATION_SUCCEEDED' });
    expect(await warehouse.stock(product)).toMatchObject({ onHand: 10, reserved: 4, available: 6, version: 2 });
    await warehouse.confirm(order);
    expect(await warehouse.untilSent(order, 2)).toMatchObject([{}, { eventType: 'RESERVATION_CONFIRM' }]);
    expect(await warehouse.stock(product)).toMatchObject({ onHand: 6, reserved: 0, available: 6, version: 3 });
    expect(await warehouse.status(order)).toBe('CONFIRMED');
    const facts = (await service.emitted('product-event')).filter((event) => event.productId === product);
    expect(facts.map(({ eventType, payload }) => [eventType, payload.delta, payload.version])).toEqual([
      ['CREATED', 10, 1],
      ['DECREMENT_STOCK', -4, 2],
    ]);
  });

  test('F17 the second item of a reservation fails: nothing of the first stays reserved', async () => {
    const [plenty, scarce] = [await warehouse.product(10), await warehouse.product(1)];
    const order = newId();
    await warehouse.create(order, [line(plenty, 2), line(scarce, 2)]);
    expect(await warehouse.untilSent(order, 1)).toMatchObject([
      {
        eventType: 'RESERVATION_CREATION_FAILED',
        payload: { reason: 'OUT_OF_STOCK', lines: [line(scarce, 2)] },
      },
    ]);
    expect(await warehouse.stock(plenty)).toMatchObject({ reserved: 0, available: 10, version: 1 });
    expect(await warehouse.stock(scarce)).toMatchObject({ reserved: 0, available: 1, version: 1 });
    expect(await warehouse.status(order)).toBe('REJECTED');
  });

  test('F19 two lines of one order for the same product count together', async () => {
    const product = await warehouse.product(5);
    const [tooMany, fitting] = [newId(), newId()];
    await warehouse.create(tooMany, [line(product, 3), line(product, 3)]);
    expect(await warehouse.untilSent(tooMany, 1)).toMatchObject([{ eventType: 'RESERVATION_CREATION_FAILED' }]);
    await warehouse.create(fitting, [line(product, 3), line(product, 2)]);
    expect(await warehouse.untilSent(fitting, 1)).toMatchObject([{ eventType: 'RESERVATION_CREATION_SUCCEEDED' }]);
    expect(await warehouse.stock(product)).toMatchObject({ reserved: 5, available: 0 });
  });

  test('F44 release before create, release of a reservation, release after a won confirm: no stock leaks', async () => {
    const product = await warehouse.product(9);
    const [never, released, sold] = [newId(), newId(), newId()];
    await warehouse.release(never);
    await warehouse.create(never, [line(product, 1)]);
    expect(await warehouse.untilSent(never, 2)).toMatchObject([
      { eventType: 'RESERVATION_RELEASE', payload: { restocked: false } },
      { eventType: 'RESERVATION_CREATION_FAILED', payload: { reason: 'RELEASED', lines: [] } },
    ]);
    await warehouse.create(released, [line(product, 2)]);
    await warehouse.release(released);
    await warehouse.confirm(released);
    expect(await warehouse.untilSent(released, 3)).toMatchObject([
      { eventType: 'RESERVATION_CREATION_SUCCEEDED' },
      { eventType: 'RESERVATION_RELEASE', payload: { restocked: false } },
      { eventType: 'RESERVATION_CONFIRM_FAILED', payload: { reason: 'RELEASED' } },
    ]);
    await warehouse.create(sold, [line(product, 3)]);
    await warehouse.confirm(sold);
    await warehouse.release(sold);
    expect(await warehouse.untilSent(sold, 3)).toMatchObject([
      {},
      { eventType: 'RESERVATION_CONFIRM' },
      { eventType: 'RESERVATION_RELEASE', payload: { restocked: true } },
    ]);
    expect(await warehouse.stock(product)).toMatchObject({ onHand: 9, reserved: 0 });
    for (const order of [never, released, sold]) expect(await warehouse.status(order)).toBe('RELEASED');
  });

  test('F42 a command seen before has no second effect and is answered again by a new event', async () => {
    const product = await warehouse.product(10);
    const order = newId();
    const [create, confirm, release] = [newId(), newId(), newId()];
    for (let n = 0; n < 3; n += 1) await warehouse.create(order, [line(product, 2)], create);
    await warehouse.untilSent(order, 3);
    for (let n = 0; n < 2; n += 1) await warehouse.confirm(order, confirm);
    await warehouse.untilSent(order, 5);
    expect(await warehouse.stock(product)).toMatchObject({ onHand: 8, reserved: 0, version: 3 });
    for (let n = 0; n < 2; n += 1) await warehouse.release(order, release);
    const sent = await warehouse.untilSent(order, 7);
    const answers = Map.groupBy(sent, ({ payload }) => ('commandId' in payload ? payload.commandId : ''));
    expect([answers.get(create)?.length, answers.get(confirm)?.length, answers.get(release)?.length]).toEqual([
      3, 2, 2,
    ]);
    for (const same of answers.values()) {
      expect(new Set(same.map(({ eventId }) => eventId)).size).toBe(same.length);
      expect(new Set(same.map(({ payload }) => JSON.stringify(payload))).size).toBe(1);
    }
    expect(await warehouse.stock(product)).toMatchObject({ onHand: 10, reserved: 0, version: 4 });
  });

  test('a refund brings sold pieces back once', async () => {
    const product = await warehouse.product(5);
    const [order, refund] = [newId(), newId()];
    await warehouse.create(order, [line(product, 3)]);
    await warehouse.confirm(order);
    await warehouse.restock(order, refund, [line(product, 2)]);
    await warehouse.restock(order, refund, [line(product, 2)]);
    await warehouse.restock(order, newId(), [line(product, 2)]);
    expect((await warehouse.untilSent(order, 5)).slice(2)).toMatchObject([
      { eventType: 'RESERVATION_RESTOCKED', payload: { refundId: refund } },
      { eventType: 'RESERVATION_RESTOCKED', payload: { refundId: refund } },
      { eventType: 'RESERVATION_RESTOCKED' },
    ]);
    expect(await warehouse.stock(product)).toMatchObject({ onHand: 5, reserved: 0 });
  });

  test('an order for a product whose registration comes late waits for it, and no other order does', async () => {
    const known = await warehouse.product(5);
    const [late, early, other] = [newId(), newId(), newId()];
    await warehouse.create(early, [line(known, 1), line(late, 1)]);
    await warehouse.create(other, [line(known, 1)]);
    await warehouse.untilSent(other, 1);
    await warehouse.service.until(
      'the order waits',
      async () => (await warehouse.service.sql('SELECT 1 FROM reservation WHERE order_id=$1', [early])).length === 1,
    );
    expect(await warehouse.sent(early)).toEqual([]);
    expect(await warehouse.status(early)).toBeUndefined();
    await warehouse.product(3, late);
    expect(await warehouse.untilSent(early, 1)).toMatchObject([{ eventType: 'RESERVATION_CREATION_SUCCEEDED' }]);
    expect(await warehouse.stock(late)).toMatchObject({ reserved: 1, available: 2 });
  });

  test('the books are right at the end, and nothing was parked', async () => {
    expect(await wrongBooks(warehouse.service)).toEqual([]);
    expect(await parkedMessages(warehouse.service)).toEqual([]);
    const metrics = await (await fetch(`${warehouse.service.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(/^stock_rejected_total [1-9]/m);
    expect(metrics).toMatch(/^stock_reservations_active [1-9]/m);
  });
});

describe('time', () => {
  test('a reservation that nobody confirms is given back, once, and a confirmation after that fails', async () => {
    const warehouse = await openWarehouse({ RESERVATION_EXPIRY_MS: '300' });
    try {
      await warehouse.service.replica();
      const product = await warehouse.product(5);
      const [left, taken] = [newId(), newId()];
      await warehouse.create(left, [line(product, 2)]);
      await warehouse.create(taken, [line(product, 1)]);
      await warehouse.confirm(taken);
      expect(await warehouse.untilSent(left, 2)).toMatchObject([
        { eventType: 'RESERVATION_CREATION_SUCCEEDED' },
        { eventType: 'RESERVATION_EXPIRED', payload: {} },
      ]);
      await warehouse.confirm(left);
      await warehouse.release(left);
      expect((await warehouse.untilSent(left, 4)).slice(2)).toMatchObject([
        { eventType: 'RESERVATION_CONFIRM_FAILED', payload: { reason: 'EXPIRED' } },
        { eventType: 'RESERVATION_RELEASE', payload: { restocked: false } },
      ]);
      expect([await warehouse.status(left), await warehouse.status(taken)]).toEqual(['EXPIRED', 'CONFIRMED']);
      expect(await warehouse.stock(product)).toMatchObject({ onHand: 4, reserved: 0 });
      expect(await wrongBooks(warehouse.service)).toEqual([]);
    } finally {
      await warehouse.service.close();
    }
  });

  test('an order for a product that never comes is refused when its wait is over', async () => {
    const warehouse = await openWarehouse({ UNKNOWN_PRODUCT_WAIT_MS: '200' });
    try {
      const [order, never] = [newId(), newId()];
      await warehouse.create(order, [line(never, 2)]);
      expect(await warehouse.untilSent(order, 1)).toMatchObject([
        {
          eventType: 'RESERVATION_CREATION_FAILED',
          payload: { reason: 'UNKNOWN_PRODUCT', lines: [line(never, 2)] },
        },
      ]);
    } finally {
      await warehouse.service.close();
    }
  });
});
