import { expect, test } from '@jest/globals';
import { growthRatios } from './growth-ratios.js';

const round = (nodeMs: number, postgresMs: number) => ({
  orders: { ordersPerSecond: 1, p50Ms: 1, p99Ms: 2, nodeMs: { order: nodeMs }, machineMs: undefined },
  postgresMs,
});
const sized = (size: number, ms: readonly number[], pinned: readonly number[] = []) => ({
  size,
  rounds: ms.map((one) => round(one - 1, 1)),
  pinned: pinned.map((one) => round(one - 1, 1)),
});

test('the cost of an order is that of all processes and databases, by medians', () => {
  const sizes = [sized(1_000_000, [12, 30, 11], [15]), sized(10_000, [10, 10, 90], [10]), sized(100_000, [11])];
  expect(growthRatios(sizes)).toEqual({
    costAt1e6To1e4: 1.2,
    costLargestToSmallest: 1.2,
    costLargestToSmallestPinned: 1.5,
  });
});

test('a ratio of sizes that were not measured is absent', () => {
  expect(growthRatios([sized(10_000, [10], [10])])).toEqual({});
  expect(growthRatios([sized(10_000, [10]), sized(100_000, [11])])).toEqual({ costLargestToSmallest: 1.1 });
});
