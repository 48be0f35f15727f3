import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { accessCases, AccessKeys, readAccessTable, tryAccess } from '@outrider/service-kit/testing';
import { endpoints } from './endpoints.js';
import { startPaymentBench, WEBHOOK_SECRET, type PaymentBench } from './testing/payment-bench.js';

const table = readAccessTable('payment');

describe('F33 who may do what', () => {
  let bench: PaymentBench;
  let keys: AccessKeys;
  let order: string;

  beforeAll(async () => {
    keys = await AccessKeys.make(endpoints);
    bench = await startPaymentBench(keys.env);
    order = newId();
    await bench.create(order);
    await bench.answered(order, 1);
  });
  afterAll(async () => {
    await bench.close();
    await keys.remove();
  });

  const requests = {
    getPayments: () => ({ path: `/payments?orderId=${order}` }),
    // a new provider event each time, which the replica that receives it stores
    receiveWebhook: async () => {
      const [entry] = await bench.booked(order);
      const createdAt = new Date().toISOString();
      return {
        path: '/webhooks/simulator',
        body: { id: `evt_${newId()}`, type: 'authorization.any', createdAt, data: { ...entry, reason: null } },
      };
    },
  };

  test('the table has every operation, and no other', () => {
    expect([...table.keys()].sort()).toEqual(endpoints.map(({ operationId }) => operationId).sort());
  });

  test.each(accessCases(table, endpoints))('%s by %s: %s', async (operation, _name, outcome, caller) => {
    const { service } = bench;
    const trial = { service, url: service.url, endpoints, keys, requests, webhookSecret: WEBHOOK_SECRET };
    expect(await tryAccess(trial, operation, caller)).toBe(outcome);
  });
});
