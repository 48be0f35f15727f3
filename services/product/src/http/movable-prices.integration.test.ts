import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Product } from '@outrider/contracts';
import { startTestService, type CallResult, type TestService } from '@outrider/service-kit/testing';
import { productService } from '../product.module.js';

describe.each([
  ['stripe', 409],
  ['simulator', 201],
  ['a-provider-of-a-shop', 201],
])('prices of a shop that is paid through %s', (provider, answered) => {
  let service: TestService;
  let admin: string;

  beforeAll(async () => {
    service = await startTestService(productService, { env: { PAYMENT_PROVIDER: provider } });
    admin = await service.token('root', 'admin');
  });
  afterAll(() => service.close());

  const register = (price: number, currency: string, sku = `S-${randomUUID()}`): Promise<CallResult> =>
    service.call('POST', '/products', {
      token: admin,
      headers: { 'idempotency-key': randomUUID() },
      body: { sku, name: 'Tea', price, currency },
    });
  const change = ({ id }: Product, body: object): Promise<CallResult> =>
    service.call('PATCH', `/products/${id}`, { token: admin, body });
  const refused = (step: number) => ({ status: 409, body: { type: '/problems/amount-not-supported', step } });
  const accepted = { status: 201 };

  test.each([
    ['KWD', 5_125, 10],
    ['BHD', 1, 10],
    ['JOD', 12_345, 10],
    ['OMR', 5, 10],
    ['TND', 999, 10],
    ['MGA', 550, 100],
  ])(`%s %d: ${answered}`, async (currency, price, step) => {
    const sku = `S-${randomUUID()}`;
    const answer = await register(price, currency, sku);
    expect(answer).toMatchObject(answered === 409 ? refused(step) : accepted);
    const known = await service.call('GET', `/products?sku=${sku}`);
    expect(known.body.data).toHaveLength(answered === 409 ? 0 : 1);
    const { body: product } = await register(step, currency);
    expect(product.price).toBe(step);
    expect((await change(product, { price })).status).toBe(answered === 409 ? 409 : 200);
    expect(await change(product, { price: 3 * step })).toMatchObject({ status: 200, body: { price: 3 * step } });
  });

  test.each([
    ['KWD', 5_120],
    ['KWD', 0],
    ['MGA', 500],
    ['EUR', 5_125],
    ['JPY', 1],
    ['ISK', 7],
    ['HUF', 1_045],
    ['IQD', 5_125],
  ])('%s %d is a price everywhere', async (currency, price) => {
    expect(await register(price, currency)).toMatchObject(accepted);
  });

  test.each(['XXX', 'XTS', 'XAU', 'CLF', 'CHW', 'HRK', 'BGN', 'AAA'])('nothing is priced in %s', async (currency) => {
    expect(await register(100, currency)).toMatchObject({
      status: 400,
      body: {
        type: '/problems/malformed',
        errors: [{ path: 'body.currency', message: expect.stringContaining('ISO 4217') }],
      },
    });
  });

  test('a product that was priced before the rule can be renamed, and keeps its price', async () => {
    const { body: product } = await register(5_120, 'KWD');
    await service.sql('UPDATE product SET price=5125 WHERE id=$1', [product.id]);
    const renamed = { status: 200, body: { name: 'Black tea', price: 5_125 } };
    expect(await change(product, { name: 'Black tea', price: 5_125 })).toMatchObject(renamed);
  });

  test(`one that comes back into sale at such a price: ${answered}, unless with another`, async () => {
    const { body: product } = await register(5_120, 'KWD');
    await service.call('DELETE', `/products/${product.id}`, { token: admin });
    await service.sql('UPDATE product SET price=5125 WHERE id=$1', [product.id]);
    const back = await change(product, { retired: false });
    expect(back).toMatchObject(answered === 409 ? refused(10) : { status: 200, body: { price: 5_125 } });
    expect(await change(product, { retired: false, price: 5_130 })).toMatchObject({ status: 200 });
  });
});
