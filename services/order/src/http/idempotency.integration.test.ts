import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EXAMPLE, examplesOf } from '@outrider/contracts';
import { changedBodies, fieldsOf, type CallResult } from '@outrider/service-kit/testing';
import { endpoints } from '../endpoints.js';
import { openShop, type Shop } from '../testing/shop.js';

let shop: Shop;
let admin: string;
let alice: string;
beforeAll(async () => {
  shop = await openShop();
  admin = await shop.service.token('boss', 'admin');
  alice = await shop.service.token('alice', 'customer');
  // those of the examples
  await shop.product({ id: EXAMPLE.productId, ...EXAMPLE.tea });
  await shop.product({ id: EXAMPLE.otherProductId, ...EXAMPLE.cup });
});
afterAll(() => shop.service.close());

const items = [
  { productId: EXAMPLE.productId, quantity: 2 },
  { productId: EXAMPLE.otherProductId, quantity: 1 },
];
type Send = (body: unknown, key: string) => Promise<CallResult>;
const send =
  (path: string, token: string): Send =>
  (body, key) =>
    shop.service.call('POST', path, { token, headers: { 'idempotency-key': key }, body });

/** How the operations are called, each time for something that can still be done. */
const calls: Readonly<Record<string, () => Promise<Send>>> = {
  placeOrder: async () => send('/orders', alice),
  refundOrder: async () => send(`/orders/${(await shop.completed({ items })).id}/refunds`, admin),
};
const idempotent = endpoints.filter((endpoint) => endpoint.idempotent === true);

test('every operation that takes a key is tried', () => {
  expect(idempotent.map(({ operationId }) => operationId).toSorted()).toEqual(Object.keys(calls).toSorted());
});

test.each(idempotent.map((endpoint) => [endpoint.operationId, endpoint] as const))(
  'F27 %s: a key stands for every field of the body',
  async (operation, { body: schema }) => {
    if (schema === undefined) throw new Error(`${operation} has no body`);
    const tried = new Set<string>();
    for (const body of Object.values(examplesOf(schema))) {
      const call = await calls[operation]!();
      const key = randomUUID();
      expect((await call(body, key)).status).toBe(201);
      expect((await call(body, key)).headers.get('idempotent-replayed')).toBe('true');
      for (const { field, body: changed } of changedBodies(schema, body)) {
        tried.add(field);
        const answer = await call(changed, key);
        expect([field, changed, answer.status, answer.body.type]).toEqual([
          field,
          changed,
          422,
          '/problems/idempotency-key-reused',
        ]);
      }
    }
    expect([...tried].toSorted()).toEqual(fieldsOf(schema));
  },
);

test('F27 refundOrder: a key stands for the order too', async () => {
  const [body, key] = [{ amount: 1, reason: 'broken' }, randomUUID()];
  const [one, other] = [await calls['refundOrder']!(), await calls['refundOrder']!()];
  expect((await one(body, key)).status).toBe(201);
  expect((await other(body, key)).body.type).toBe('/problems/idempotency-key-reused');
});
