import { expect, test } from '@jest/globals';
import { takeTurns, VARIANTS } from './variants.js';

test('every variant has its turn in every round, another one begins each time, and the ratio is that of its round', async () => {
  const order: string[] = [];
  const results = await takeTurns(3, async ({ name, sampled }, round) => {
    order.push(name);
    // a machine that becomes slower from round to round
    const perSecond = (sampled === 1 ? 90 : 100) / (round + 1);
    return { perSecond, processMicros: sampled === 1 ? 22 : 20, postgresMicros: undefined };
  });
  const names = VARIANTS.map(({ name }) => name);
  expect(order.slice(0, names.length)).toEqual(names);
  expect(order.slice(names.length, 2 * names.length)).toEqual([...names.slice(1), names[0]]);
  expect(results.map(({ variant, rounds }) => [variant, rounds.length])).toEqual(names.map((name) => [name, 3]));
  expect(results.map(({ rateRatio }) => rateRatio)).toEqual([1, 1, 1, 0.9, 1, 1, 1]);
  expect(results.map(({ cpuRatio }) => cpuRatio)).toEqual([1, 1, 1, 1.1, 1, 1, 1]);
});
