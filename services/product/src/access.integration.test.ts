import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  accessCases,
  AccessKeys,
  readAccessTable,
  startTestService,
  tryAccess,
  type TestService,
} from '@outrider/service-kit/testing';
import { endpoints } from './endpoints.js';
import { productService } from './product.module.js';
import { openShop, type Shop } from './testing/shop.js';

const table = readAccessTable('product');

describe('F33 who may do what', () => {
  let service: TestService;
  let shop: Shop;
  let keys: AccessKeys;

  beforeAll(async () => {
    keys = await AccessKeys.make(endpoints);
    service = await startTestService(productService, { env: keys.env });
    shop = await openShop(service);
  });
  afterAll(async () => {
    await service.close();
    await keys.remove();
  });

  const product = async (): Promise<string> => `/products/${(await shop.registered()).id}`;
  const requests = {
    registerProduct: () => ({
      path: '/products',
      body: { sku: `S-${randomUUID()}`, name: 'Tea', price: 250, currency: 'EUR' },
    }),
    changeProduct: async () => ({ path: await product(), body: { price: 260 } }),
    retireProduct: async () => ({ path: await product() }),
    getProduct: async () => ({ path: await product() }),
    listProducts: () => ({ path: '/products' }),
  };

  test('the table has every operation, and no other', () => {
    expect([...table.keys()].sort()).toEqual(endpoints.map(({ operationId }) => operationId).sort());
  });

  test.each(accessCases(table, endpoints))('%s by %s: %s', async (operation, _name, outcome, caller) => {
    expect(await tryAccess({ service, url: service.url, endpoints, keys, requests }, operation, caller)).toBe(outcome);
  });
});
