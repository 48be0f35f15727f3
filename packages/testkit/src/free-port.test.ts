import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { freePort } from './free-port.js';

const worker = process.env['JEST_WORKER_ID'];
beforeEach(() => {
  delete process.env['JEST_WORKER_ID'];
});
afterEach(() => {
  if (worker === undefined) delete process.env['JEST_WORKER_ID'];
  else process.env['JEST_WORKER_ID'] = worker;
});

const ports = (count: number): Promise<number[]> => Promise.all(Array.from({ length: count }, () => freePort()));

test('no port is given twice while who asked for it may not listen yet', async () => {
  process.env['JEST_WORKER_ID'] = '1';
  const some = await ports(300);
  expect(new Set(some).size).toBe(300);
});

test('test processes that run side by side are given ports of their own', async () => {
  const shares: (readonly [number, number])[] = [];
  for (const id of ['1', '2', '3', '15']) {
    process.env['JEST_WORKER_ID'] = id;
    const some = await ports(100);
    shares.push([Math.min(...some), Math.max(...some)]);
  }
  const ordered = shares.toSorted(([one], [other]) => one - other);
  for (const [index, [lowest]] of ordered.entries()) expect(lowest).toBeGreaterThan(ordered[index - 1]?.[1] ?? 14_999);
  expect(ordered.at(-1)?.[1]).toBeLessThan(30_000);
});
