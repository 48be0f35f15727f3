import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Product } from '@outrider/contracts';
import { startTestService, type TestService } from '@outrider/service-kit/testing';
import pg from 'pg';
import { productService } from '../product.module.js';
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
const retire = async (id: string): Promise<void> => {
  expect((await service.call('DELETE', `/products/${id}`, { token: shop.admin })).status).toBe(204);
};
const list = async (query: string): Promise<Product[]> => {
  const { status, body } = await service.call('GET', `/products?${query}`);
  expect(status).toBe(200);
  return body.data;
};
const published = async (id: string) =>
  (await service.emitted('catalog-event'))
    .filter((event) => event.productId === id)
    .map(({ eventType, payload }) => [eventType, payload.price, payload.version]);

test('a sku is free again when its product is retired, and names both from then on', async () => {
  const old = await shop.registered({ sku: 'FREE' });
  await retire(old.id);
  const next = await shop.registered({ sku: 'FREE', price: 300 });
  expect(next.id).not.toBe(old.id);
  expect(await shop.register({ sku: 'FREE' })).toMatchObject({ status: 409, body: { type: '/problems/sku-taken' } });
  expect((await list('sku=FREE')).map(({ id, retired }) => [id, retired])).toEqual([
    [old.id, true],
    [next.id, false],
  ]);
  expect(await shop.read(next.id)).toMatchObject({ price: 300 });
});

test('of many who register a sku that has become free one gets it', async () => {
  await retire((await shop.registered({ sku: 'ONE' })).id);
  const answers = await Promise.all(Array.from({ length: 8 }, () => shop.register({ sku: 'ONE' })));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array.from({ length: 7 }, () => 409)]);
});

test('a retired product is brought back, changed or as it was, once', async () => {
  const { id } = await shop.registered({ sku: 'BACK' });
  await retire(id);
  expect(await patch(id, { price: 1 })).toMatchObject({ status: 409, body: { type: '/problems/product-retired' } });
  expect(await patch(id, { retired: false }, { 'if-match': '"1"' })).toMatchObject({
    status: 409,
    body: { type: '/problems/version-conflict' },
  });
  const back = await patch(id, { retired: false, price: 275 }, { 'if-match': '"2"' });
  expect(back).toMatchObject({ status: 200, body: { id, retired: false, price: 275, version: 3 } });
  expect(back.headers.get('etag')).toBe('"3"');
  expect(await shop.read(id)).toMatchObject({ retired: false, price: 275 });
  // what is so already is no change
  expect(await patch(id, { retired: false })).toMatchObject({ status: 200, body: { version: 3 } });
  await retire(id);
  expect(await patch(id, { retired: false })).toMatchObject({ status: 200, body: { price: 275, version: 5 } });
  expect(await published(id)).toEqual([
    ['PRODUCT_REGISTERED', 250, 1],
    ['PRODUCT_RETIRED', 250, 2],
    ['PRODUCT_REINSTATED', 275, 3],
    ['PRODUCT_RETIRED', 275, 4],
    ['PRODUCT_REINSTATED', 275, 5],
  ]);
});

test('a product is not brought back when another was given its sku, whether that is still sold or not', async () => {
  const old = await shop.registered({ sku: 'NEWEST' });
  await retire(old.id);
  const next = await shop.registered({ sku: 'NEWEST' });
  const refused = { status: 409, body: { type: '/problems/sku-taken' } };
  expect(await patch(old.id, { retired: false })).toMatchObject(refused);
  await retire(next.id);
  expect(await patch(old.id, { retired: false })).toMatchObject(refused);
  expect(await patch(next.id, { retired: false })).toMatchObject({ status: 200 });
  expect(await published(old.id)).toHaveLength(2);
});

test('a product is not brought back beside one that is registered with its sku at the same time', async () => {
  const { id } = await shop.registered({ sku: 'RACE' });
  await retire(id);
  const other = new pg.Client({ connectionString: service.databaseUrl });
  await other.connect();
  try {
    await other.query('BEGIN');
    await other.query(
      `INSERT INTO product(id,sku,name,price,currency) VALUES ('019c0000-0000-7000-8000-00000000000a','RACE','x',1,'EUR')`,
    );
    const back = patch(id, { retired: false });
    await service.until('it waits for the other', async () => {
      const rows = await service.sql(
        `SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted AND a.datname = current_database()`,
      );
      return rows.length > 0;
    });
    await other.query('COMMIT');
    expect(await back).toMatchObject({ status: 409, body: { type: '/problems/sku-taken' } });
    expect(await list('sku=RACE&retired=false')).toMatchObject([{ name: 'x' }]);
  } finally {
    await other.end();
  }
});

test('lists leave out what is not sold any more, or show nothing else', async () => {
  const [one, other] = [await shop.registered(), await shop.registered()];
  await retire(one.id);
  const both = `ids=${one.id},${other.id}`;
  const ids = async (query: string) => (await list(query)).map(({ id }) => id);
  expect(await ids(both)).toEqual([one.id, other.id]);
  expect(await ids(`${both}&retired=false`)).toEqual([other.id]);
  expect(await ids(`${both}&retired=true`)).toEqual([one.id]);
  expect(await ids('retired=false&limit=200')).not.toContain(one.id);
  // from a row that is left out on
  expect(await ids(`retired=false&limit=200&starting_after=${one.id}`)).toEqual([other.id]);
  for (const query of ['retired=', 'retired=no', 'retired=1', 'retired=true&retired=false']) {
    expect({ query, status: (await service.call('GET', `/products?${query}`)).status }).toEqual({ query, status: 400 });
  }
});

test.each([{ retired: true }, { retired: null }, { retired: 'false' }, {}])('F34 %j is no change', async (body) => {
  const { id } = await shop.registered();
  expect(await patch(id, body)).toMatchObject({ status: 400, body: { type: '/problems/malformed' } });
});

test('F34 a name of which nothing can be seen is refused', async () => {
  expect(await shop.register({ name: '\u200b\u00a0' })).toMatchObject({ status: 400 });
  const { id } = await shop.registered();
  expect(await patch(id, { name: '\u3164' })).toMatchObject({ status: 400 });
  expect(await shop.read(id)).toMatchObject({ name: 'Tea', version: 1 });
});
