import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { examplesOf, newId, productSchema, registerProductSchema, changeProductSchema } from '@outrider/contracts';
import {
  ApiBook,
  provokeEdges,
  startTestService,
  whileKeyIsTaken,
  type ApiRequest,
  type TestService,
} from '@outrider/service-kit/testing';
import { productService } from '../product.module.js';
import { openShop, type Shop } from '../testing/shop.js';

let service: TestService;
let shop: Shop;
let book: ApiBook;

beforeAll(async () => {
  service = await startTestService(productService, { env: { LOG_LEVEL: 'silent', PAYMENT_PROVIDER: 'stripe' } });
  shop = await openShop(service);
  book = await ApiBook.open(service);
});
afterAll(() => service.close());

const key = (value: string = randomUUID()): Record<string, string> => ({ 'idempotency-key': value });
const registration = (sku = `S-${newId()}`) => ({ sku, name: 'Tea', price: 250, currency: 'EUR' });
const register = (body: unknown, idempotencyKey?: string): ApiRequest => ({
  token: shop.admin,
  headers: key(idempotencyKey),
  body,
});
const one = async (): Promise<{ id: string }> => ({ id: (await shop.registered()).id });
const stale = { 'if-match': '"7"' };

describe('every answer is as the document says, and every documented answer is seen', () => {
  test.each(Object.entries(examplesOf(registerProductSchema)))('registering: the example %s', async (_, body) => {
    const answer = await book.call('registerProduct', register(body));
    expect(answer.status).toBe(201);
    expect(Object.keys(answer.body)).toEqual(Object.keys(examplesOf(productSchema)['no-stock-known-yet'] as object));
  });

  test('registering', async () => {
    const [body, again] = [registration(), randomUUID()];
    expect((await book.call('registerProduct', register(body, again))).status).toBe(201);
    const replayed = await book.call('registerProduct', register(body, again));
    expect([replayed.status, replayed.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    expect((await book.call('registerProduct', register({ ...body, price: 1 }, again))).status).toBe(422);
    expect((await book.call('registerProduct', register(body))).body.type).toBe('/problems/sku-taken');
    const dinars = { ...registration(), price: 5_125, currency: 'KWD' };
    expect((await book.call('registerProduct', register(dinars))).body.type).toBe('/problems/amount-not-supported');
    const taken = { principal: 'person:root', route: 'registerProduct', key: randomUUID() };
    await whileKeyIsTaken(service, taken, async () => {
      const { body: problem } = await book.call('registerProduct', register(registration(), taken.key));
      expect(problem.type).toBe('/problems/idempotency-key-in-flight');
    });
  });

  test.each(Object.entries(examplesOf(changeProductSchema)))('changing: the example %s', async (_, body) => {
    expect((await book.call('changeProduct', { token: shop.admin, params: await one(), body })).status).toBe(200);
  });

  test('changing and retiring', async () => {
    const [change, token] = [{ price: 300 }, shop.admin];
    for (const name of ['changeProduct', 'retireProduct']) {
      const body = name === 'changeProduct' ? { body: change } : {};
      expect((await book.call(name, { token, ...body, params: { id: newId() } })).status).toBe(404);
      const refused = await book.call(name, { token, ...body, params: await one(), headers: stale });
      expect(refused.body.type).toBe('/problems/version-conflict');
    }
    const { id } = await shop.registered({ price: 5_120, currency: 'KWD' });
    const unmovable = await book.call('changeProduct', { token, params: { id }, body: { price: 5_125 } });
    expect(unmovable.body.type).toBe('/problems/amount-not-supported');
    const params = await one();
    expect((await book.call('retireProduct', { token, params })).status).toBe(204);
    const late = await book.call('changeProduct', { token, params, body: change });
    expect(late.body.type).toBe('/problems/product-retired');
    const { sku } = (await service.call('GET', `/products?ids=${params.id}`)).body.data[0];
    expect((await book.call('registerProduct', register({ ...registration(), sku }))).status).toBe(201);
    const taken = await book.call('changeProduct', { token, params, body: { retired: false } });
    expect(taken.body.type).toBe('/problems/sku-taken');
  });

  test('reading', async () => {
    const params = await one();
    expect((await book.call('getProduct', { params })).status).toBe(200);
    expect((await book.call('getProduct', { params: { id: newId() } })).status).toBe(404);
    expect((await book.call('listProducts', { query: { ids: params.id } })).body.data).toHaveLength(1);
  });

  test('what any operation may be answered with', () =>
    provokeEdges(book, {
      registerProduct: () => register(registration()),
      changeProduct: async () => ({ token: shop.admin, params: await one(), body: { price: 300 } }),
      retireProduct: async () => ({ token: shop.admin, params: await one() }),
      getProduct: async () => ({ params: await one() }),
      listProducts: () => ({}),
    }));

  test('every documented answer was seen', () => expect(book.unseen()).toEqual([]));
});
