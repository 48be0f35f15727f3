import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId, type Order } from '@outrider/contracts';
import type { CallOptions, CallResult } from '@outrider/service-kit/testing';
import { openShop, type Product, type Shop } from '../testing/shop.js';

const PRINCIPALS = ['admin', 'owner', 'other customer', 'person without a role', 'service key', 'nobody'] as const;
type Who = (typeof PRINCIPALS)[number];

/** What an operation answers on an order of `owner`: to each of PRINCIPALS, in their order. */
const ANSWERS = {
  placeOrder: [403, 201, 201, 403, 401, 401],
  listOrders: [200, 200, 200, 403, 401, 401],
  getOrder: [200, 200, 404, 403, 401, 401],
  getOrderTimeline: [200, 200, 404, 403, 401, 401],
  cancelOrder: [202, 202, 404, 403, 401, 401],
  refundOrder: [201, 403, 403, 403, 401, 401],
  listOrderRefunds: [200, 200, 404, 403, 401, 401],
} as const;
type Operation = keyof typeof ANSWERS;

const CASES = (Object.keys(ANSWERS) as Operation[]).flatMap((operation) =>
  PRINCIPALS.map((who, n) => [operation, who, ANSWERS[operation][n] ?? 0] as const),
);

/** OpenAPI, as far as it is read here. */
type Paths = Readonly<
  Record<string, Readonly<Record<string, { operationId: string; responses: Readonly<Record<string, unknown>> }>>>
>;

describe('F33 who may do what', () => {
  let shop: Shop;
  let thing: Product;
  let paths: Paths;
  let completed: Order;

  beforeAll(async () => {
    // a key of this system, with every scope there is elsewhere
    shop = await openShop({}, { 'key-of-others': ['stock:read', 'stock:adjust', 'payments:read', 'orders:read'] });
    thing = await shop.product({ price: 100 });
    completed = await shop.completed({ items: items(), customer: 'owner' });
    paths = (await shop.service.call('GET', '/openapi.json')).body.paths;
  });
  afterAll(() => shop.service.close());

  const items = () => [{ productId: thing.id, quantity: 1 }];

  async function credentials(who: Who): Promise<CallOptions> {
    switch (who) {
      case 'admin':
        return { token: await shop.service.token('boss', 'admin') };
      case 'owner':
        return { token: await shop.service.token('owner', 'customer') };
      case 'other customer':
        return { token: await shop.service.token('other', 'customer') };
      case 'person without a role':
        return { token: await shop.service.token('owner') };
      case 'service key':
        return { apiKey: 'key-of-others' };
      case 'nobody':
        return {};
    }
  }

  async function call(operation: Operation, who: Who, id: string): Promise<CallResult> {
    const options = { ...(await credentials(who)), headers: { 'idempotency-key': randomUUID() } };
    const { service } = shop;
    switch (operation) {
      case 'placeOrder':
        return service.call('POST', '/orders', {
          ...options,
          body: { items: items(), currency: 'EUR', paymentMethod: 'pm_card' },
        });
      case 'listOrders':
        return service.call('GET', '/orders', options);
      case 'getOrder':
        return service.call('GET', `/orders/${id}`, options);
      case 'getOrderTimeline':
        return service.call('GET', `/orders/${id}/timeline`, options);
      case 'cancelOrder':
        return service.call('POST', `/orders/${id}/cancel`, options);
      case 'refundOrder':
        return service.call('POST', `/orders/${id}/refunds`, { ...options, body: { amount: 1, reason: 'r' } });
      case 'listOrderRefunds':
        return service.call('GET', `/orders/${id}/refunds`, options);
    }
  }

  test('the table has every operation that the service tells of', () => {
    const operations = Object.values(paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(operations.sort()).toEqual(Object.keys(ANSWERS).sort());
  });

  test.each(CASES)('%s by %s: %i', async (operation, who, status) => {
    const order = operation === 'refundOrder' ? completed : await shop.placed({ items: items(), customer: 'owner' });
    const before = await shop.order(order.id);
    const sent = await shop.sent(order.id);
    const answer = await call(operation, who, order.id);
    expect(answer.status).toBe(status);
    const documented = Object.values(paths)
      .flatMap((path) => Object.values(path))
      .find(({ operationId }) => operationId === operation);
    expect(Object.keys(documented!.responses)).toContain(String(status));
    if (status < 400) return;
    expect(answer.body).toEqual({ type: expect.stringMatching(/^\/problems\//u), title: expect.any(String), status });
    expect(await shop.order(order.id)).toEqual(before);
    expect(await shop.sent(order.id)).toEqual(sent);
  });

  test.each(['getOrder', 'getOrderTimeline', 'cancelOrder', 'listOrderRefunds'] as const)(
    '%s: an order of another is as unknown as one that never was',
    async (operation) => {
      const theirs = await call(operation, 'other customer', completed.id);
      const unknown = await call(operation, 'other customer', newId());
      expect(theirs.status).toBe(404);
      expect([unknown.status, unknown.body]).toEqual([theirs.status, theirs.body]);
    },
  );

  test('a list shows a customer their own orders only', async () => {
    await shop.placed({ items: items(), customer: 'other' });
    const customers = async (who: Who) =>
      new Set(((await call('listOrders', who, '')).body.data as Order[]).map(({ customerId }) => customerId));
    expect(await customers('owner')).toEqual(new Set(['owner']));
    expect(await customers('other customer')).toEqual(new Set(['other']));
    expect(await customers('admin')).toEqual(new Set(['owner', 'other']));
  });

  test('a key that is not known is nobody', async () => {
    expect((await shop.service.call('GET', `/orders/${completed.id}`, { apiKey: 'guessed' })).status).toBe(401);
  });
});
