import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { KEYS, openWarehouse, wrongBooks, type Warehouse } from './testing/warehouse.js';

describe('the stock API', () => {
  let warehouse: Warehouse;
  let admin: string;

  beforeAll(async () => {
    warehouse = await openWarehouse();
    admin = await warehouse.service.token('root', 'admin');
  });
  afterAll(async () => {
    expect(await wrongBooks(warehouse.service)).toEqual([]);
    await warehouse.service.close();
  });

  const adjust = (productId: string, body: unknown, apiKey: string = KEYS.stock) =>
    warehouse.service.call('POST', `/stock/${productId}/adjustments`, { apiKey, body });

  test('adjusts what is on hand, and publishes it', async () => {
    const product = await warehouse.product(5);
    const more = await adjust(product, { delta: 3, reason: 'delivery', reference: 'd-1' });
    expect(more).toMatchObject({
      status: 200,
      body: { productId: product, onHand: 8, reserved: 0, available: 8, version: 2 },
    });
    await adjust(product, { delta: -2, reason: "broken; DROP TABLE stock --'", reference: 'b-1' });
    const facts = (await warehouse.service.emitted('product-event')).filter((event) => event.productId === product);
    expect(facts.map(({ eventType, payload }) => [eventType, payload.delta, payload.available])).toEqual([
      ['CREATED', 5, 5],
      ['INCREMENT_STOCK', 3, 8],
      ['DECREMENT_STOCK', -2, 6],
    ]);
    expect(
      await warehouse.service.sql('SELECT note FROM stock_movement WHERE product_id=$1 AND version=3', [product]),
    ).toEqual([{ note: "broken; DROP TABLE stock --'" }]);
  });

  test('the same reference again is answered as before, also when both come at once; with anything else it is refused', async () => {
    const product = await warehouse.product(5);
    const body = { delta: 3, reason: 'delivery', reference: 'd-1' };
    const answers = await Promise.all(Array.from({ length: 8 }, () => adjust(product, body)));
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 200, body: { onHand: 8, version: 2 } });
    }
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).toHaveLength(7);
    await adjust(product, { delta: 1, reason: 'delivery', reference: 'd-2' });
    for (const other of [{ reason: 'said otherwise' }, { delta: 4 }, { delta: -3 }, { reason: 'Delivery', delta: 4 }]) {
      expect(await adjust(product, { ...body, ...other })).toMatchObject({
        status: 422,
        body: {
          type: '/problems/idempotency-key-reused',
          detail: expect.stringContaining('a delta of 3 and the reason: delivery') as unknown,
        },
      });
    }
    expect(await adjust(product, body)).toMatchObject({ status: 200, body: { onHand: 8, version: 2 } });
    expect(await warehouse.stock(product)).toMatchObject({ onHand: 9, version: 3 });
  });

  test('the same reference again has the version of then, also where versions go on from a restatement', async () => {
    const product = await warehouse.product(5);
    await warehouse.service.sql('UPDATE stock SET version_base = 1000 WHERE product_id = $1', [product]);
    const body = { delta: 3, reason: 'delivery', reference: 'd-1' };
    const [first, again] = [await adjust(product, body), await adjust(product, body)];
    expect(first.body).toMatchObject({ onHand: 8, version: 1002 });
    expect(again.body).toEqual(first.body);
  });

  test('a reference names an adjustment of one product: the same delivery note counts for each product on it', async () => {
    const products = await warehouse.products(2, 1);
    const body = { delta: 3, reason: 'delivery', reference: 'd-1' };
    for (const product of [...products, ...products]) {
      expect(await adjust(product, body)).toMatchObject({ status: 200, body: { productId: product, onHand: 4 } });
    }
  });

  test('a reference may be the id of an order that moved the same product', async () => {
    const product = await warehouse.product(5);
    const order = newId();
    await warehouse.create(order, [{ productId: product, quantity: 2 }]);
    await warehouse.untilSent(order, 1);
    const body = { delta: -1, reason: 'broken at packing', reference: order };
    const answer = { status: 200, body: { onHand: 4, reserved: 2, version: 3 } };
    expect(await adjust(product, body)).toMatchObject(answer);
    expect(await adjust(product, body)).toMatchObject(answer);
  });

  test('takes nothing away that is reserved', async () => {
    const product = await warehouse.product(5);
    const order = newId();
    await warehouse.create(order, [{ productId: product, quantity: 3 }]);
    await warehouse.untilSent(order, 1);
    expect(await adjust(product, { delta: -3, reason: 'lost', reference: 'l' })).toMatchObject({
      status: 409,
      body: { type: '/problems/stock-insufficient', available: 2 },
    });
    expect(await adjust(product, { delta: -2, reason: 'lost', reference: 'l' })).toMatchObject({
      status: 200,
      body: { onHand: 3, reserved: 3, available: 0 },
    });
  });

  test('an unknown product may be known a moment later', async () => {
    for (const answer of [
      await adjust(newId(), { delta: 1, reason: 'r', reference: 'x' }),
      await warehouse.service.call('GET', `/stock/${newId()}`, { token: admin }),
    ]) {
      expect(answer).toMatchObject({ status: 404, body: { type: '/problems/product-unknown' } });
      expect(answer.headers.get('retry-after')).toBe('1');
    }
  });

  test('shows the reservation of an order', async () => {
    const product = await warehouse.product(5);
    const order = newId();
    const lines = [
      { productId: product, quantity: 1 },
      { productId: product, quantity: 2 },
    ];
    await warehouse.create(order, lines);
    const [sent] = await warehouse.untilSent(order, 1);
    const answer = await warehouse.service.call('GET', `/reservations?orderId=${order}`, { token: admin });
    expect(answer).toMatchObject({ status: 200, body: { data: [{ orderId: order, status: 'RESERVED', lines }] } });
    const { reservationId, expiresAt } = sent!.payload as { reservationId: string; expiresAt: string };
    expect(answer.body.data[0]).toMatchObject({ id: reservationId, expiresAt });
    await warehouse.confirm(order);
    await warehouse.untilSent(order, 2);
    expect(
      (await warehouse.service.call('GET', `/reservations?orderId=${order}`, { token: admin })).body,
    ).toMatchObject({ data: [{ status: 'CONFIRMED', expiresAt: null }] });
    expect((await warehouse.service.call('GET', `/reservations?orderId=${newId()}`, { token: admin })).body).toEqual({
      data: [],
    });
  });

  test('F34 malformed adjustments are refused and nothing is written', async () => {
    const product = await warehouse.product(5);
    const right = { delta: 1, reason: 'r', reference: 'x' };
    const bodies = [
      ...[0, 1.5, '1', null, 1_000_000_001, -1_000_000_001].map((delta) => ({ ...right, delta })),
      { ...right, reason: '' },
      { ...right, reason: 'a\0b' },
      { ...right, reference: 'x'.repeat(201) },
      { ...right, more: 1 },
      { delta: 1, reason: 'r' },
      [right],
    ];
    for (const body of bodies) {
      expect({ body, status: (await adjust(product, body)).status }).toEqual({ body, status: 400 });
    }
    for (const rawBody of ['{"delta":1e309,"reason":"r","reference":"x"}', '{"delta":NaN}', '{', '']) {
      const answer = await warehouse.service.call('POST', `/stock/${product}/adjustments`, { token: admin, rawBody });
      expect({ rawBody, status: answer.status }).toEqual({ rawBody, status: 400 });
    }
    expect((await warehouse.service.call('GET', '/stock/not-an-id', { token: admin })).status).toBe(400);
    expect((await warehouse.service.call('GET', '/reservations?orderId=1', { token: admin })).status).toBe(400);
    expect((await warehouse.service.call('GET', '/reservations', { token: admin })).status).toBe(400);
    expect(await warehouse.stock(product)).toMatchObject({ onHand: 5, version: 1 });
  });
});
