import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Transactor } from '@outrider/service-kit/database';
import { tableDifferences } from '@outrider/service-kit/testing';
import { openShop, type Shop } from '../../testing/shop.js';
import { TABLES } from './index.js';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.service.close());

test('the mappings know every column of their tables, as it is in the database', async () => {
  const unmapped = [
    // given by the database
    'orders.position',
    'saga.due_at',
    'saga.due_minute',
    'saga.not_completed_position',
    // read and written by the statements that need it, beside the saga
    'saga.traceparent',
  ];
  const sql = shop.service.app.get(Transactor).read();
  expect(await tableDifferences(sql, TABLES, unmapped)).toEqual([]);
});
