import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId, orderPageSchema, orderSchema, timelineSchema, type Order } from '@outrider/contracts';
import pg from 'pg';
import { openShop, type Product, type Shop } from './testing/shop.js';

describe('the orders API', () => {
  let shop: Shop;
  let thing: Product;

  beforeAll(async () => {
    shop = await openShop();
    thing = await shop.product({ price: 1_250 });
  });
  afterAll(() => shop.service.close());

  const items = (quantity = 1) => [{ productId: thing.id, quantity }];
  const countOrders = async () =>
    (await shop.service.sql<{ n: number }>('SELECT count(*)::int AS n FROM orders'))[0]!.n;
  const problem = (kind: string) => expect.objectContaining({ type: `/problems/${kind}` });

  test('accepts an order and says where it is', async () => {
    const placed = await shop.place({ items: items(3), more: { reference: 'my order 7', expectedTotal: 3_750 } });
    expect(placed.status).toBe(201);
    const order = orderSchema.parse(placed.body);
    expect(order).toMatchObject({
      customerId: 'alice',
      reference: 'my order 7',
      status: 'CREATED',
      total: 3_750,
      lines: [{ productId: thing.id, sku: thing.sku, name: thing.name, quantity: 3, unitPrice: 1_250 }],
    });
    expect(placed.headers.get('location')).toBe(`/orders/${order.id}`);
    const token = await shop.service.token('alice', 'customer');
    const read = await shop.service.call('GET', `/orders/${order.id}`, { token });
    expect(read).toMatchObject({ status: 200, body: order });
    const timeline = await shop.service.call('GET', `/orders/${order.id}/timeline`, { token });
    expect(timelineSchema.parse(timeline.body).data).toMatchObject([{ input: 'PLACED', step: 'RESERVING' }]);
  });

  test('F19 two lines of one product stay two lines of one order', async () => {
    const order = await shop.placed({ items: [...items(1), ...items(2)] });
    expect(order.lines.map(({ quantity }) => quantity)).toEqual([1, 2]);
    expect(order.total).toBe(3_750);
    const sent = (await shop.service.emitted('reservation-event')).find(({ orderId }) => orderId === order.id);
    expect(sent?.payload).toMatchObject({ lines: [...items(1), ...items(2)] });
  });

  test('F28 prices are the catalogue’s: an order at the old price is refused with the new total, and so is a retired product', async () => {
    const product = await shop.product({ price: 100 });
    const one = [{ productId: product.id, quantity: 2 }];
    const facts = { sku: product.sku, name: product.name, currency: 'EUR' };
    await shop.service.publish('catalog-event', 'PRICE_CHANGED', product.id, { ...facts, price: 120, version: 3 });
    // an old price comes late
    await shop.service.publish('catalog-event', 'PRICE_CHANGED', product.id, { ...facts, price: 110, version: 2 });
    await shop.service.until(
      'the price has changed',
      async () => (await shop.place({ items: one, more: { expectedTotal: 240 } })).status === 201,
    );
    const before = await countOrders();
    expect(await shop.place({ items: one, more: { expectedTotal: 200 } })).toMatchObject({
      status: 409,
      body: { type: '/problems/price-changed', total: 240 },
    });
    await shop.service.publish('catalog-event', 'PRODUCT_RETIRED', product.id, { ...facts, price: 120, version: 4 });
    await shop.service.until('it is retired', async () => (await shop.place({ items: one })).status === 409);
    expect((await shop.place({ items: one })).body).toEqual(
      expect.objectContaining({ type: '/problems/product-retired', productId: product.id }),
    );
    expect(await countOrders()).toBeLessThanOrEqual(before + 20);
  });

  test('a product not known yet is 404 with Retry-After, another currency 409; nothing is written', async () => {
    const before = await countOrders();
    const productId = newId();
    const unknown = await shop.place({ items: [...items(), { productId, quantity: 1 }] });
    expect(unknown).toMatchObject({ status: 404, body: { type: '/problems/product-unknown', productId } });
    expect(unknown.headers.get('retry-after')).toBe('1');
    const other = await shop.place({ items: items(), more: { currency: 'USD' } });
    expect(other).toMatchObject({ status: 409, body: { type: '/problems/currency-mismatch', productId: thing.id } });
    expect(await countOrders()).toBe(before);
  });

  test('F30 a product can be ordered as soon as it is known, with the key of the refusal', async () => {
    const productId = newId();
    const key = randomUUID();
    const want = () => shop.place({ items: [{ productId, quantity: 1 }], key });
    expect((await want()).status).toBe(404);
    const facts = { sku: `S-${key.slice(0, 8)}`, name: 'New', price: 5, currency: 'EUR', version: 1, initialStock: 0 };
    await shop.service.publish('catalog-event', 'PRODUCT_REGISTERED', productId, facts);
    await shop.service.until('it is accepted', async () => (await want()).status === 201);
  });

  describe('F20 the Idempotency-Key', () => {
    test('concurrently many times: one order', async () => {
      const key = randomUUID();
      const before = await countOrders();
      const answers = await Promise.all(Array.from({ length: 12 }, () => shop.place({ items: items(), key })));
      expect(new Set(answers.map(({ status }) => status))).toEqual(
        new Set(answers.some(({ status }) => status === 409) ? [201, 409] : [201]),
      );
      for (const { status, body } of answers)
        if (status === 409) expect(body).toEqual(problem('idempotency-key-in-flight'));
      const again = await shop.place({ items: items(), key });
      expect(again.status).toBe(201);
      expect(again.headers.get('idempotent-replayed')).toBe('true');
      expect(again.headers.get('location')).toBe(`/orders/${again.body.id}`);
      const ids = answers.filter(({ status }) => status === 201).map(({ body }) => (body as Order).id);
      expect(new Set([...ids, again.body.id]).size).toBe(1);
      expect(await countOrders()).toBe(before + 1);
      expect((await shop.sent(again.body.id)).sort()).toEqual(['ORDER_PLACED', 'RESERVATION_CREATE_REQUEST']);
    });

    test('with another body 422, without one 400, of another customer independent', async () => {
      const key = randomUUID();
      const mine = await shop.placed({ items: items(), key });
      expect(await shop.place({ items: items(2), key })).toMatchObject({
        status: 422,
        body: { type: '/problems/idempotency-key-reused' },
      });
      const theirs = await shop.placed({ items: items(2), key, customer: 'bob' });
      expect(theirs.id).not.toBe(mine.id);
      expect(await shop.place({ items: items(), key: '' })).toMatchObject({
        status: 400,
        body: { type: '/problems/idempotency-key-missing' },
      });
    });

    test.each([
      ['events', 'outbox_pending', 'ACCESS EXCLUSIVE'],
      ['answer', 'idempotency_record', 'SHARE'],
    ])('after the connection was killed before the %s of the order are written: one order', async (_, table, mode) => {
      const key = randomUUID();
      const before = await countOrders();
      const blocker = new pg.Client({ connectionString: shop.service.databaseUrl });
      await blocker.connect();
      // the request stands still after its order is written and before these are
      await blocker.query('BEGIN');
      await blocker.query(`LOCK TABLE ${table} IN ${mode} MODE`);
      const first = shop.place({ items: items(), key });
      const waiting = `SELECT pid FROM pg_stat_activity WHERE datname=current_database() AND wait_event_type='Lock'`;
      await shop.service.until('it waits', async () => (await blocker.query(waiting)).rowCount === 1);
      await blocker.query(`SELECT pg_terminate_backend(pid) FROM (${waiting}) w`);
      expect((await first).status).toBeGreaterThanOrEqual(500);
      await blocker.query('ROLLBACK');
      await blocker.end();
      expect(await countOrders()).toBe(before);
      const again = await shop.placed({ items: items(), key });
      expect(await countOrders()).toBe(before + 1);
      expect((await shop.sent(again.id)).sort()).toEqual(['ORDER_PLACED', 'RESERVATION_CREATE_REQUEST']);
    });

    test('outlives its answer: a key never makes a second order', async () => {
      const key = randomUUID();
      await shop.placed({ items: items(), key });
      await shop.service.sql('DELETE FROM idempotency_record WHERE key=$1', [key]);
      const before = await countOrders();
      expect(await shop.place({ items: items(), key })).toMatchObject({
        status: 409,
        body: { type: '/problems/idempotency-key-expired' },
      });
      expect(await countOrders()).toBe(before);
    });
  });

  describe('F33 who may', () => {
    test('a stranger, a wrong role, another customer', async () => {
      const order = await shop.placed({ items: items() });
      const { service } = shop;
      for (const path of ['/orders', `/orders/${order.id}`, `/orders/${order.id}/timeline`]) {
        expect((await service.call('GET', path)).status).toBe(401);
        expect((await service.call('GET', path, { token: await service.token('x') })).status).toBe(403);
      }
      const body = { items: items(), currency: 'EUR', paymentMethod: 'pm' };
      const headers = { 'idempotency-key': randomUUID() };
      expect((await service.call('POST', '/orders', { body, headers })).status).toBe(401);
      expect(
        (await service.call('POST', '/orders', { body, headers, token: await service.token('boss', 'admin') })).status,
      ).toBe(403);
      const mallory = await service.token('mallory', 'customer');
      for (const id of [order.id, newId()]) {
        for (const path of [`/orders/${id}`, `/orders/${id}/timeline`]) {
          const { status, body: answer } = await service.call('GET', path, { token: mallory });
          expect({ status, answer }).toEqual({
            status: 404,
            answer: { type: '/problems/not-found', title: expect.any(String), status: 404 },
          });
        }
      }
      expect(
        (await service.call('GET', `/orders/${order.id}`, { token: await service.token('boss', 'admin') })).status,
      ).toBe(200);
    });
  });

  test('lists a customer’s orders newest first, in pages, by status and reference; all for an admin', async () => {
    const customer = `carol-${randomUUID()}`;
    const token = await shop.service.token(customer, 'customer');
    const orders: Order[] = [];
    for (const reference of ['a', 'b', 'a', 'c', 'a']) {
      orders.push(await shop.placed({ items: items(), customer, more: { reference } }));
    }
    const ids = orders.map(({ id }) => id).toReversed();
    const list = async (query: string, by = token) => {
      const { status, body } = await shop.service.call('GET', `/orders${query}`, { token: by });
      expect(status).toBe(200);
      return orderPageSchema.parse(body);
    };
    const all = await list('');
    expect(all).toEqual({ data: orders.toReversed(), has_more: false });
    const first = await list('?limit=2');
    expect(first).toMatchObject({ data: [{ id: ids[0] }, { id: ids[1] }], has_more: true });
    const rest = await list(`?limit=3&starting_after=${ids[1]}`);
    expect(rest.data.map(({ id }) => id)).toEqual(ids.slice(2));
    expect(rest.has_more).toBe(false);
    expect((await list('?reference=a')).data.map(({ id }) => id)).toEqual([ids[0], ids[2], ids[4]]);
    await shop.stock.refuses(orders[1]!);
    await shop.becomes(orders[1]!.id, 'FAILED');
    expect((await list('?status=FAILED')).data.map(({ id }) => id)).toEqual([orders[1]!.id]);
    expect((await list('?status=CREATED&reference=a')).data).toHaveLength(3);
    const admin = await shop.service.token('boss', 'admin');
    expect((await list('?limit=200&reference=a', admin)).data.map(({ id }) => id)).toEqual(
      expect.arrayContaining([ids[0]]),
    );
    const stranger = await shop.service.token('nobody-yet', 'customer');
    expect(await list('', stranger)).toEqual({ data: [], has_more: false });
    for (const query of [
      '?limit=0',
      '?limit=201',
      '?limit=x',
      '?starting_after=x',
      "?starting_after=';--",
      '?status=NEW',
      '?more=1',
      '?reference=%00',
    ]) {
      const answer = await shop.service.call('GET', `/orders${query}`, { token });
      expect({ query, status: answer.status, type: answer.body.type }).toEqual({
        query,
        status: 400,
        type: '/problems/malformed',
      });
    }
    expect((await shop.service.call('GET', '/orders/1', { token })).status).toBe(400);
  });

  test('an order is listed when none that may come below it is still on its way; by its id at once', async () => {
    const customer = `dora-${randomUUID()}`;
    const token = await shop.service.token(customer, 'customer');
    const ids = async () =>
      orderPageSchema.parse((await shop.service.call('GET', '/orders', { token })).body).data.map(({ id }) => id);
    const early = newId();
    const slow = new pg.Client({ connectionString: shop.service.databaseUrl });
    await slow.connect();
    try {
      await slow.query('BEGIN');
      await slow.query(
        `INSERT INTO orders(id,customer_id,idempotency_key,currency,payment_method,adjustments,total,created_at)
         VALUES ($1,$2,'slow','EUR','pm_card','[]',0,now())`,
        [early, customer],
      );
      const late = await shop.placed({ items: items(), customer });
      expect(await ids()).toEqual([]);
      expect((await shop.service.call('GET', `/orders/${late.id}`, { token })).status).toBe(200);
      await slow.query('ROLLBACK');
      expect(await ids()).toEqual([late.id]);
    } finally {
      await slow.end();
    }
  });

  test('F34 what is malformed is refused by a 4xx problem and nothing is written', async () => {
    const before = await countOrders();
    const token = await shop.service.token('alice', 'customer');
    const good = { items: items(), currency: 'EUR', paymentMethod: 'pm_card' };
    const line = (more: object) => JSON.stringify({ ...good, items: [{ ...items()[0], ...more }] });
    const text = (name: string, value: unknown) => JSON.stringify({ ...good, [name]: value });
    const raw = (quantity: string) => line({ quantity: 'Q' }).replace('"Q"', quantity);
    const bodies: Readonly<Record<string, string>> = {
      nothing: '',
      'half of it': JSON.stringify(good).slice(0, -5),
      'not an object': '[1]',
      'a string': '"order"',
      null: 'null',
      'no items': text('items', []),
      'items of nothing': text('items', [null]),
      'items as object': text('items', { 0: items()[0], length: 1 }),
      'too many lines': text(
        'items',
        Array.from({ length: 201 }, () => items()[0]),
      ),
      '10,000 lines': text(
        'items',
        Array.from({ length: 2_000 }, () => items()[0]),
      ),
      NaN: raw('NaN'),
      Infinity: raw('Infinity'),
      '1e309': raw('1e309'),
      negative: raw('-1'),
      zero: raw('0'),
      'minus zero': raw('-0'),
      'a half': raw('0.5'),
      huge: raw('100001'),
      'more than a safe integer': raw('9007199254740993'),
      'very long number': raw('9'.repeat(400)),
      'a quantity as text': raw('"1"'),
      'a quantity as list': raw('[1]'),
      'a quantity as true': raw('true'),
      'an id that is none': line({ productId: 'x' }),
      'an id in capitals': line({ productId: thing.id.toUpperCase() }),
      'an id with NUL': line({ productId: `${thing.id}\u0000` }),
      'a price of the client': line({ unitPrice: 1 }),
      'an unknown field': text('status', 'COMPLETED'),
      'a customer of the client': text('customerId', 'bob'),
      'a prototype': JSON.stringify(good).replace('{', '{"__proto__":{"admin":true},'),
      'a constructor': JSON.stringify(good).replace('{', '{"constructor":{"prototype":{"admin":true}},'),
      'no currency': text('currency', undefined),
      'a currency in small letters': text('currency', 'eur'),
      'a long currency': text('currency', 'EURO'),
      'no payment method': text('paymentMethod', ''),
      'a long payment method': text('paymentMethod', 'x'.repeat(201)),
      'a payment method with a line break': text('paymentMethod', 'pm\ncard'),
      'a reference with NUL': text('reference', 'a\u0000b'),
      'a reference with half a character': JSON.stringify({ ...good, reference: 'R' }).replace('"R"', '"\\ud800"'),
      'a long reference': text('reference', 'x'.repeat(101)),
      'an empty reference': text('reference', ''),
      'a negative expected total': text('expectedTotal', -1),
      'an expected total as text': text('expectedTotal', '1250'),
      'deeply nested': '['.repeat(50_000) + ']'.repeat(50_000),
    };
    for (const [what, rawBody] of Object.entries(bodies)) {
      const answer = await shop.service.call('POST', '/orders', {
        token,
        rawBody,
        headers: { 'idempotency-key': randomUUID() },
      });
      expect({ what, status: answer.status, type: answer.body.type }).toEqual({
        what,
        status: 400,
        type: '/problems/malformed',
      });
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/u);
    }
    const large = await shop.service.call('POST', '/orders', {
      token,
      body: { ...good, items: Array.from({ length: 10_000 }, () => items()[0]) },
      headers: { 'idempotency-key': randomUUID() },
    });
    expect(large).toMatchObject({ status: 413, body: { type: '/problems/payload-too-large' } });
    for (const key of ['x'.repeat(256), 'ü', 'a b']) {
      const answer = await shop.service.call('POST', '/orders', {
        token,
        body: good,
        headers: { 'idempotency-key': key },
      });
      expect({ key, status: answer.status }).toEqual({ key, status: 400 });
    }
    expect(await countOrders()).toBe(before);
    expect(
      await shop.service.sql(`SELECT 1 FROM saga s WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.id=s.order_id)`),
    ).toEqual([]);
  });

  test('F34 the largest order there may be is taken', async () => {
    const dear = await shop.product({ price: 100_000_000 });
    const order = await shop.placed({
      items: Array.from({ length: 200 }, () => ({ productId: dear.id, quantity: 100_000 })),
    });
    expect(order.total).toBe(2_000_000_000_000_000);
    expect(await shop.order(order.id)).toEqual(order);
  });

  test('F35 strings are stored and shown as text', async () => {
    const strings = [
      `'; DROP TABLE orders; --`,
      `$1 $$ \\ " ' \` %s %d \${x}`,
      '{"level":50,"msg":"forged"}',
      '<script>alert(1)</script>',
      '‮𝔘𝔫𝔦𝔠𝔬𝔡𝔢 ✓ \u2028',
      '{a,b}',
      'NULL',
    ];
    const token = await shop.service.token('dave', 'customer');
    for (const reference of strings) {
      const order = await shop.placed({
        items: items(),
        customer: 'dave',
        more: { reference, paymentMethod: `';--{"}` },
      });
      expect(order.reference).toBe(reference);
      expect((await shop.service.call('GET', `/orders/${order.id}`, { token })).body).toEqual(order);
      const found = await shop.service.call('GET', `/orders?reference=${encodeURIComponent(reference)}`, { token });
      expect(found.body.data).toEqual([order]);
      await shop.stock.accepts(order);
      await shop.becomes(order.id, 'PAYING');
      const events = (await shop.service.emitted()).filter((event) => 'orderId' in event && event.orderId === order.id);
      expect(events).toMatchObject([{}, { payload: { reference } }, { payload: { paymentMethod: `';--{"}` } }]);
    }
  });
});
