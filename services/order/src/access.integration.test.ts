import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import {
  accessCases,
  AccessKeys,
  OWNER,
  readAccessTable,
  STRANGER,
  tryAccess,
  type ValidRequest,
} from '@outrider/service-kit/testing';
import { endpoints } from './endpoints.js';
import { orderServiceWith } from './order.module.js';
import type { CheckedOrder } from './policies/order-check.js';
import { openShop, type Product, type Shop } from './testing/shop.js';

const table = readAccessTable('order');

/** Orders with this reference are checked. */
const CHECKED = 'checked';

describe('F33 who may do what', () => {
  let shop: Shop;
  let keys: AccessKeys;
  let thing: Product;

  beforeAll(async () => {
    keys = await AccessKeys.make(endpoints);
    // no command is sent again meanwhile: what is written then is written by a call
    const env = { ...keys.env, COMMAND_RETRY_FIRST_MS: '3600000', COMMAND_RETRY_LONGEST_MS: '3600000' };
    const check = { concerns: ({ order }: CheckedOrder) => order.reference === CHECKED };
    shop = await openShop(env, {}, orderServiceWith({ check }));
    thing = await shop.product({ price: 100 });
  });
  afterAll(async () => {
    await shop.service.close();
    await keys.remove();
  });

  const items = () => [{ productId: thing.id, quantity: 1 }];
  const placed = async (customer = OWNER): Promise<string> => (await shop.placed({ items: items(), customer })).id;

  const requests: Readonly<Record<string, () => ValidRequest | Promise<ValidRequest>>> = {
    placeOrder: () => ({ path: '/orders', body: { items: items(), currency: 'EUR', paymentMethod: 'pm_card' } }),
    listOrders: async () => {
      for (const customer of [OWNER, STRANGER]) await placed(customer);
      return { path: '/orders' };
    },
    getOrder: async () => ({ path: `/orders/${await placed()}` }),
    getOrderTimeline: async () => ({ path: `/orders/${await placed()}/timeline` }),
    decideOrderCheck: async () => {
      const order = await shop.placed({ items: items(), customer: OWNER, more: { reference: CHECKED } });
      await shop.stock.accepts(order);
      await shop.service.until('the check is asked', async () => (await shop.order(order.id)).check === 'ASKED');
      return { path: `/orders/${order.id}/check`, body: { decision: 'pass', reason: 'r' } };
    },
    cancelOrder: async () => ({ path: `/orders/${await placed()}/cancel` }),
    refundOrder: async () => {
      const { id } = await shop.completed({ items: items(), customer: OWNER });
      return { path: `/orders/${id}/refunds`, body: { amount: 1, reason: 'r' } };
    },
    listOrderRefunds: async () => ({ path: `/orders/${await placed()}/refunds` }),
    getOrderRefund: async () => {
      const { id } = await shop.completed({ items: items(), customer: OWNER });
      const { body: refund } = await shop.service.call('POST', `/orders/${id}/refunds`, {
        token: await shop.service.token('boss', 'admin'),
        headers: { 'idempotency-key': randomUUID() },
        body: { amount: 1, reason: 'r' },
      });
      return { path: `/orders/${id}/refunds/${refund.refundId}` };
    },
  };

  test('the table has every operation, and no other', () => {
    expect([...table.keys()].sort()).toEqual(endpoints.map(({ operationId }) => operationId).sort());
  });

  test.each(accessCases(table, endpoints))('%s by %s: %s', async (operation, _name, outcome, caller) => {
    const { service } = shop;
    const trial = { service, url: service.url, endpoints, keys, requests };
    expect(await tryAccess(trial, operation, caller)).toBe(outcome);
  });

  test.each(['getOrder', 'getOrderTimeline', 'cancelOrder', 'listOrderRefunds', 'getOrderRefund'])(
    '%s: an order of another is as unknown as one that never was',
    async (operation) => {
      const { method } = endpoints.find(({ operationId }) => operationId === operation)!;
      const { path } = await requests[operation]!();
      const token = await shop.service.token(STRANGER, 'customer');
      const ask = (at: string) =>
        shop.service.call(method, at, { token, headers: { 'idempotency-key': randomUUID() } });
      const theirs = await ask(path);
      const unknown = await ask(path.replace(/^\/orders\/[^/]+/u, `/orders/${newId()}`));
      expect(theirs.status).toBe(404);
      expect([unknown.status, unknown.body]).toEqual([theirs.status, theirs.body]);
    },
  );
});
