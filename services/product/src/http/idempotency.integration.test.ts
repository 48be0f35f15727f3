import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { registerProductSchema } from '@outrider/contracts';
import { changedBodies, fieldsOf, startTestService, type TestService } from '@outrider/service-kit/testing';
import { endpoints } from '../endpoints.js';
import { productService } from '../product.module.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService(productService, {});
});
afterAll(() => service.close());

test('F27 registerProduct, the one operation that takes a key: it stands for every field of the body', async () => {
  const idempotent = endpoints.filter((endpoint) => endpoint.idempotent === true);
  expect(idempotent.map(({ operationId }) => operationId)).toEqual(['registerProduct']);
  const token = await service.token('root', 'admin');
  const [body, key] = [{ sku: `S-${randomUUID()}`, name: 'Tea', price: 250, currency: 'EUR' }, randomUUID()];
  const call = (changed: unknown) =>
    service.call('POST', '/products', { token, headers: { 'idempotency-key': key }, body: changed });
  expect((await call(body)).status).toBe(201);
  const tried = new Set<string>();
  for (const { field, body: changed } of changedBodies(registerProductSchema, body)) {
    tried.add(field);
    const answer = await call(changed);
    expect([field, answer.status, answer.body.type]).toEqual([field, 422, '/problems/idempotency-key-reused']);
  }
  expect([...tried].toSorted()).toEqual(fieldsOf(registerProductSchema));
});
