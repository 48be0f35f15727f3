import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { accessCases, AccessKeys, readAccessTable, tryAccess } from '@outrider/service-kit/testing';
import { endpoints } from './endpoints.js';
import { openWarehouse, type Warehouse } from './testing/warehouse.js';

const table = readAccessTable('inventory');

describe('F33 who may do what', () => {
  let warehouse: Warehouse;
  let keys: AccessKeys;
  let product: string;
  let order: string;

  beforeAll(async () => {
    keys = await AccessKeys.make(endpoints);
    warehouse = await openWarehouse(keys.env);
    product = await warehouse.product(5);
    order = newId();
    await warehouse.create(order, [{ productId: product, quantity: 1 }]);
    await warehouse.untilSent(order, 1);
  });
  afterAll(async () => {
    await warehouse.service.close();
    await keys.remove();
  });

  const requests = {
    getStock: () => ({ path: `/stock/${product}` }),
    adjustStock: () => ({
      path: `/stock/${product}/adjustments`,
      body: { delta: 1, reason: 'counted', reference: randomUUID() },
    }),
    listReservations: () => ({ path: `/reservations?orderId=${order}` }),
  };

  test('the table has every operation, and no other', () => {
    expect([...table.keys()].sort()).toEqual(endpoints.map(({ operationId }) => operationId).sort());
  });

  test.each(accessCases(table, endpoints))('%s by %s: %s', async (operation, _name, outcome, caller) => {
    const { service } = warehouse;
    expect(await tryAccess({ service, url: service.url, endpoints, keys, requests }, operation, caller)).toBe(outcome);
  });
});
