import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Transactor } from '@outrider/service-kit/database';
import { startTestService, tableDifferences, type TestService } from '@outrider/service-kit/testing';
import { productService } from '../../product.module.js';
import { TABLES } from './index.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService(productService);
});
afterAll(() => service.close());

test('the mappings know every column of their tables, as it is in the database', async () => {
  const givenByTheDatabase = ['product.position'];
  const sql = service.app.get(Transactor).read();
  expect(await tableDifferences(sql, TABLES, givenByTheDatabase)).toEqual([]);
});
