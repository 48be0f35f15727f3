import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Transactor } from '@outrider/service-kit/database';
import { tableDifferences } from '@outrider/service-kit/testing';
import { openWarehouse, type Warehouse } from '../../testing/warehouse.js';
import { TABLES } from './index.js';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await openWarehouse();
});
afterAll(() => warehouse.service.close());

test('the mappings know every column of their tables, as it is in the database', async () => {
  const givenByTheDatabase = ['stock.created_at', 'stock.updated_at', 'stock_movement.created_at'];
  const sql = warehouse.service.app.get(Transactor).read();
  expect(await tableDifferences(sql, TABLES, givenByTheDatabase)).toEqual([]);
});
