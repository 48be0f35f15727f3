import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId, type Product } from '@outrider/contracts';
import { startTestService, type TestService } from '@outrider/service-kit/testing';
import { productService } from '../product.module.js';
import pg from 'pg';
import { openShop, type Shop } from '../testing/shop.js';

let service: TestService;
let shop: Shop;

beforeAll(async () => {
  service = await startTestService(productService);
  shop = await openShop(service);
});
afterAll(() => service.close());

const patch = (id: string, body: unknown, headers: Record<string, string> = {}) =>
  service.call('PATCH', `/products/${id}`, { token: shop.admin, body, headers });
const retire = (id: string, headers: Record<string, string> = {}) =>
  service.call('DELETE', `/products/${id}`, { token: shop.admin, headers });
const eventsOf = async (id: string) =>
  (await service.emitted('catalog-event')).filter((event) => event.productId === id);

describe('registering', () => {
  test('F30 a new product can be read and listed at once, with no stock yet', async () => {
    const answer = await shop.register({ sku: 'TEA-1', name: 'Tea', initialStock: 7 });
    expect(answer.status).toBe(201);
    const product: Product = answer.body;
    expect(product).toEqual({
      id: product.id,
      sku: 'TEA-1',
      name: 'Tea',
      price: 250,
      currency: 'EUR',
      retired: false,
      version: 1,
      stock: null,
      stockAsOf: null,
    });
    expect(answer.headers.get('location')).toBe(`/products/${product.id}`);
    expect(answer.headers.get('etag')).toBe('"1"');
    const read = await service.call('GET', `/products/${product.id}`);
    expect(read).toMatchObject({ status: 200, body: product });
    expect(read.headers.get('etag')).toBe('"1"');
    expect((await service.call('GET', '/products?sku=TEA-1')).body).toEqual({ data: [product], has_more: false });
    expect((await service.call('GET', `/products?ids=${product.id},${newId()}`)).body.data).toEqual([product]);
    expect(await eventsOf(product.id)).toMatchObject([
      {
        eventType: 'PRODUCT_REGISTERED',
        payload: { sku: 'TEA-1', name: 'Tea', price: 250, currency: 'EUR', initialStock: 7, version: 1 },
      },
    ]);
  });

  test('F20 the same request with the same key again is the same product; with another body it is refused', async () => {
    const body = { sku: 'TEA-2' };
    const first = await shop.register(body, 'key-of-tea-2');
    const again = await shop.register(body, 'key-of-tea-2');
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(again.headers.get('etag')).toBe('"1"');
    // the draft's header is a quoted string
    expect(await shop.register(body, '"key-of-tea-2"')).toMatchObject({ status: 201, body: first.body });
    const other = await shop.register({ sku: 'TEA-2', price: 1 }, 'key-of-tea-2');
    expect(other).toMatchObject({ status: 422, body: { type: '/problems/idempotency-key-reused' } });
    expect(await eventsOf(first.body.id)).toHaveLength(1);
  });

  test('F20 twenty times at once with one key: one product', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => shop.register({ sku: 'TEA-3' }, 'key-of-tea-3')),
    );
    const ids = new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.id as string));
    expect(ids.size).toBe(1);
    for (const { status, body } of answers)
      if (status !== 201) expect(body.type).toBe('/problems/idempotency-key-in-flight');
    expect(await service.sql("SELECT id FROM product WHERE sku='TEA-3'")).toHaveLength(1);
    expect(await eventsOf([...ids][0]!)).toHaveLength(1);
  });

  test('a sku is given once, also when two ask at the same time; the loser leaves nothing behind', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => shop.register({ sku: 'TEA-4' })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status !== 201);
    for (const answer of refused) expect(answer).toMatchObject({ status: 409, body: { type: '/problems/sku-taken' } });
    expect(await service.sql("SELECT id FROM product WHERE sku='TEA-4'")).toHaveLength(1);
    const events = await service.emitted('catalog-event');
    expect(events.filter((event) => event.payload.sku === 'TEA-4')).toHaveLength(1);
  });

  test('F20 a key whose request was refused may be used again', async () => {
    await shop.registered({ sku: 'TEA-5' });
    expect(await shop.register({ sku: 'TEA-5' }, 'k5')).toMatchObject({ status: 409 });
    expect(await shop.register({ sku: 'TEA-5b' }, 'k5')).toMatchObject({ status: 201 });
  });

  test('F34 a name that is not in UTF-8 is refused: it would be stored with other letters', async () => {
    const body = JSON.stringify({ sku: 'TEA-6', name: 'Grüner Tee', price: 1, currency: 'EUR' });
    const send = (rawBody: Uint8Array) =>
      service.call('POST', '/products', { token: shop.admin, rawBody, headers: { 'idempotency-key': 'k6' } });
    expect(await send(Buffer.from(body, 'latin1'))).toMatchObject({
      status: 400,
      body: { type: '/problems/malformed', detail: 'The body is not UTF-8' },
    });
    // a mark at the beginning says no more than that it is
    expect(await send(Buffer.from(`\uFEFF${body}`))).toMatchObject({ status: 201, body: { name: 'Grüner Tee' } });
  });

  test('without a key it is refused', async () => {
    const answer = await service.call('POST', '/products', {
      token: shop.admin,
      body: { sku: 'X', name: 'X', price: 1, currency: 'EUR' },
    });
    expect(answer).toMatchObject({ status: 400, body: { type: '/problems/idempotency-key-missing' } });
  });
});

describe('changing', () => {
  test('name and price change together with the event about them', async () => {
    const { id, sku } = await shop.registered();
    const price = await patch(id, { price: 300 });
    expect(price).toMatchObject({ status: 200, body: { id, price: 300, name: 'Tea', version: 2 } });
    expect(price.headers.get('etag')).toBe('"2"');
    expect(await patch(id, { name: 'Green tea' }, { 'if-match': '"2"' })).toMatchObject({
      status: 200,
      body: { price: 300, name: 'Green tea', version: 3 },
    });
    expect(await shop.read(id)).toMatchObject({ price: 300, name: 'Green tea', version: 3 });
    expect((await eventsOf(id)).slice(1)).toMatchObject([
      { eventType: 'PRICE_CHANGED', payload: { sku, name: 'Tea', price: 300, currency: 'EUR', version: 2 } },
      { eventType: 'PRICE_CHANGED', payload: { sku, name: 'Green tea', price: 300, currency: 'EUR', version: 3 } },
    ]);
  });

  test('what is so already is no change', async () => {
    const { id } = await shop.registered();
    expect(await patch(id, { price: 250, name: 'Tea' })).toMatchObject({ status: 200, body: { version: 1 } });
    expect(await eventsOf(id)).toHaveLength(1);
  });

  test('F29 of many that read the same version one wins, the others get a conflict', async () => {
    const { id } = await shop.registered();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => patch(id, { price: 1000 + index }, { 'if-match': '"1"' })),
    );
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    for (const answer of answers) {
      if (answer.status === 200) continue;
      expect(answer).toMatchObject({ status: 409, body: { type: '/problems/version-conflict' } });
    }
    expect(await shop.read(id)).toMatchObject({ version: 2, price: won[0]!.body.price });
    expect(await eventsOf(id)).toHaveLength(2);
    expect(await patch(id, { price: 1 }, { 'if-match': '"1"' })).toMatchObject({ status: 409 });
    expect(await patch(id, { price: 1 }, { 'if-match': '*' })).toMatchObject({ status: 200 });
    for (const none of ['3', '"03"', 'W/"3"', '"3", "3"', '"03", *', '"3']) {
      expect({ none, ...(await patch(id, { price: 2 }, { 'if-match': none })) }).toMatchObject({ none, status: 409 });
    }
    expect(await patch(id, { price: 2 }, { 'if-match': '"3"' })).toMatchObject({ status: 200 });
  });

  test('F29 changes at once that build on nothing all succeed and none is lost', async () => {
    const { id } = await shop.registered();
    const answers = await Promise.all([
      ...Array.from({ length: 10 }, (_, index) => patch(id, { price: 1000 + index })),
      ...Array.from({ length: 10 }, (_, index) => patch(id, { name: `Tea ${index}` })),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    const events = (await eventsOf(id)).map((event) => event.payload);
    expect(events.map(({ version }) => version)).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
    // each is what the one before was, but for one field
    for (const [index, { name, price }] of events.entries()) {
      const before = events[index - 1];
      if (before) expect(Number(before.name !== name) + Number(before.price !== price)).toBe(1);
    }
    const { name, price, version } = events.at(-1)!;
    expect(await shop.read(id)).toMatchObject({ name, price, version });
  });

  test('what is not there or not sold any more cannot be changed', async () => {
    expect(await patch(newId(), { price: 1 })).toMatchObject({ status: 404, body: { type: '/problems/not-found' } });
    const { id } = await shop.registered();
    await retire(id);
    expect(await patch(id, { price: 1 })).toMatchObject({ status: 409, body: { type: '/problems/product-retired' } });
  });
});

describe('retiring', () => {
  test('by a caller that says JSON of every request, also of one without a body', async () => {
    const { id } = await shop.registered();
    expect(await retire(id, { 'content-type': 'application/json' })).toMatchObject({ status: 204 });
    const empty = await patch(id, undefined, { 'content-type': 'application/json' });
    expect(empty).toMatchObject({ status: 400, body: { type: '/problems/malformed', detail: 'The body is empty' } });
  });

  test('once, however often it is asked; by itself the product is gone, the list still has it', async () => {
    const { id } = await shop.registered();
    expect(await retire(id, { 'if-match': '"7"' })).toMatchObject({ status: 409 });
    const answer = await retire(id, { 'if-match': '"1"' });
    expect(answer).toMatchObject({ status: 204, body: '' });
    expect((await retire(id)).status).toBe(204);
    expect((await retire(id, { 'if-match': '"1"' })).status).toBe(204);
    expect(await service.call('GET', `/products/${id}`)).toMatchObject({ status: 404 });
    const { body } = await service.call('GET', `/products?ids=${id}`);
    expect(body.data).toMatchObject([{ retired: true, version: 2 }]);
    expect((await eventsOf(id)).map((event) => [event.eventType, event.payload.version])).toEqual([
      ['PRODUCT_REGISTERED', 1],
      ['PRODUCT_RETIRED', 2],
    ]);
    expect(await retire(newId())).toMatchObject({ status: 404 });
  });
});

describe('listing', () => {
  test('pages over many products show each once, also while others are added', async () => {
    const before = new Set<string>();
    for (let batch = 0; batch < 5; batch += 1) {
      const some = await Promise.all(Array.from({ length: 13 }, () => shop.registered()));
      for (const { id } of some) before.add(id);
    }
    const seen: string[] = [];
    for (let after = ''; ; after = `&starting_after=${seen.at(-1)!}`) {
      const { status, body } = await service.call('GET', `/products?limit=10${after}`);
      expect(status).toBe(200);
      seen.push(...(body.data as Product[]).map(({ id }) => id));
      if (!body.has_more) break;
      expect(body.data).toHaveLength(10);
      await shop.registered();
    }
    expect(new Set(seen).size).toBe(seen.length);
    for (const id of before) expect(seen).toContain(id);
  });

  test('a list that is followed loses nothing: what a slow transaction registers is still to come', async () => {
    const { id: first } = await shop.registered();
    const early = newId();
    const slow = new pg.Client({ connectionString: service.databaseUrl });
    await slow.connect();
    try {
      await slow.query('BEGIN');
      await slow.query(`INSERT INTO product(id,sku,name,price,currency) VALUES ($1,'SLOW','Slow',1,'EUR')`, [early]);
      const late = await shop.registered();
      const from = async (after: string): Promise<string[]> => {
        const { body } = await service.call('GET', `/products?limit=200&starting_after=${after}`);
        expect(body.has_more).toBe(false);
        return (body.data as Product[]).map(({ id }) => id);
      };
      // nobody is to pass the one that cannot be seen yet; by its id and by its sku the late one is there
      expect(await from(first)).toEqual([]);
      expect(await shop.read(late.id)).toMatchObject({ sku: late.sku });
      expect((await service.call('GET', `/products?ids=${late.id}`)).body.data).toMatchObject([{ id: late.id }]);
      expect((await service.call('GET', `/products?sku=${late.sku}`)).body.data).toMatchObject([{ id: late.id }]);
      await slow.query('COMMIT');
      expect(await from(first)).toEqual([early, late.id]);
      expect(await from(early)).toEqual([late.id]);
    } finally {
      await slow.end();
    }
  });

  test('F15 a reader that followed the list beyond what a restored database has continues with what comes', async () => {
    const { id: lost } = await shop.registered();
    await service.sql('DELETE FROM product WHERE id=$1', [lost]);
    const next = async () => (await service.call('GET', `/products?starting_after=${lost}`)).body;
    expect(await next()).toEqual({ data: [], has_more: false });
    const { id } = await shop.registered();
    expect(await next()).toMatchObject({ data: [{ id }] });
    // of two whose ids are not in the order of the list, it continues with the one that the list has first
    const { id: other } = await shop.registered();
    await service.sql(
      `UPDATE product p SET position=o.position FROM product o WHERE p.id=ANY($1) AND o.id=ANY($1) AND p.id<>o.id`,
      [[id, other]],
    );
    expect(await next()).toMatchObject({ data: [{ id: other }, { id }] });
  });

  test('a full last page says that it is the last', async () => {
    const ids = (await Promise.all([shop.registered(), shop.registered()])).map(({ id }) => id);
    const page = await service.call('GET', `/products?ids=${ids.join(',')}&limit=2`);
    expect(page.body).toMatchObject({ has_more: false, data: [{}, {}] });
    const first = await service.call('GET', `/products?ids=${ids.join(',')}&limit=1`);
    expect(first.body).toMatchObject({ has_more: true, data: [{ id: page.body.data[0].id }] });
  });

  test.each(['limit=0', 'limit=201', 'limit=x', 'starting_after=x', 'ids=x', 'sku=%00', 'sku=a%20b', 'sort=price'])(
    'F34 ?%s is malformed',
    async (query) =>
      expect(await service.call('GET', `/products?${query}`)).toMatchObject({
        status: 400,
        body: { type: '/problems/malformed' },
      }),
  );
});

describe('F34 what makes no sense is refused and nothing is written', () => {
  const good = { sku: 'BAD', name: 'Bad', price: 1, currency: 'EUR' };
  const counts = () =>
    service.sql(
      'SELECT (SELECT count(*) FROM product) p, (SELECT count(*) FROM outbox_event) e, (SELECT count(*) FROM idempotency_record) i',
    );

  test.each([
    ['no JSON', '{"sku":'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['NaN', '{"sku":"B","name":"B","price":NaN,"currency":"EUR"}'],
    ['1e309', '{"sku":"B","name":"B","price":1e309,"currency":"EUR"}'],
    ['beyond 2^53', '{"sku":"B","name":"B","price":9007199254740993,"currency":"EUR"}'],
    ['a negative price', JSON.stringify({ ...good, price: -1 })],
    ['half a cent', JSON.stringify({ ...good, price: 0.5 })],
    ['a price too high', JSON.stringify({ ...good, price: 100_000_001 })],
    ['a price in quotes', JSON.stringify({ ...good, price: '1' })],
    ['a currency that is none', JSON.stringify({ ...good, currency: 'euro' })],
    ['a NUL', JSON.stringify({ ...good, name: 'a\u0000b' })],
    ['half a character', JSON.stringify({ ...good, name: 'a' }).replace('"a"', '"a\\ud800"')],
    ['a line feed', JSON.stringify({ ...good, name: 'a\nb' })],
    ['a long name', JSON.stringify({ ...good, name: 'x'.repeat(201) })],
    ['a sku with a slash', JSON.stringify({ ...good, sku: 'a/b' })],
    ['less than no stock', JSON.stringify({ ...good, initialStock: -1 })],
    ['an unknown field', JSON.stringify({ ...good, version: 1 })],
    ['a prototype', `{"__proto__":{"a":1},${JSON.stringify(good).slice(1)}`],
    ['a constructor', `{"constructor":{"prototype":{"a":1}},${JSON.stringify(good).slice(1)}`],
    ['ten thousand fields', JSON.stringify(Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`f${i}`, i])))],
    ['deep nesting', '['.repeat(50_000) + ']'.repeat(50_000)],
  ])('%s', async (_, rawBody) => {
    const before = await counts();
    const headers = { 'idempotency-key': newId() };
    const { id } = await shop.registered();
    const afterOne = await counts();
    for (const answer of [
      await service.call('POST', '/products', { token: shop.admin, rawBody, headers }),
      await service.call('PATCH', `/products/${id}`, { token: shop.admin, rawBody }),
    ]) {
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ type: '/problems/malformed', status: 400 });
      expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    }
    expect(await counts()).toEqual(afterOne);
    expect(before).not.toEqual(afterOne);
  });

  test('an id that is none, a method that is none', async () => {
    for (const id of ['x', newId().toUpperCase(), "1'%20OR%20'1'='1", '%00']) {
      expect((await service.call('GET', `/products/${id}`)).status).toBe(400);
    }
    const wrong = await service.call('PUT', `/products/${newId()}`, { token: shop.admin, body: {} });
    expect(wrong).toMatchObject({ status: 405, body: { type: '/problems/method-not-allowed' } });
    expect(wrong.headers.get('allow')).toBe('DELETE, GET, HEAD, PATCH');
  });
});

test.each([
  "Robert'); DROP TABLE product;--",
  '$1 ${process.env} {{7*7}} %s %00',
  '<script>alert(1)</script>',
  '\\r\\n{"level":"fatal"} \\u0000',
  '"; SELECT pg_sleep(10); --',
])('F35 %s is a name like any other', async (name) => {
  const { id } = await shop.registered({ name: 'x' });
  expect(await patch(id, { name })).toMatchObject({ status: 200, body: { name } });
  expect(await shop.read(id)).toMatchObject({ name });
  expect((await eventsOf(id)).at(-1)).toMatchObject({ payload: { name } });
  const answer = await service.call('GET', `/products/${id}`);
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
});
