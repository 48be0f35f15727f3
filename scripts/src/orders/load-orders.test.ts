import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadOrders } from './load-orders.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrider-orders-'));
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  ['', 'holds no order.'],
  ['\n\n', 'holds no order.'],
  ['{"orderId": 1}\n', 'holds no order that can be placed; line 1: '],
])('a file without an order to place is wrong use: %j', async (content, sentence) => {
  const path = join(folder, 'orders.jsonl');
  await writeFile(path, content);
  const failed = await loadOrders(path).catch((error: Error) => error);
  expect(failed).toMatchObject({ name: 'UsageError' });
  expect((failed as Error).message).toContain(`The orders file ${path} ${sentence}`);
});
