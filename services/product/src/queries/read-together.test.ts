import { expect, test } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ReadTogether } from './read-together.js';

test('what is asked for in one turn is read once, in one call', async () => {
  const calls: (readonly string[])[] = [];
  const reads = new ReadTogether((ids) => {
    calls.push(ids);
    return Promise.resolve(new Map(ids.filter((id) => id !== 'none').map((id) => [id, id.toUpperCase()])));
  });
  expect(await Promise.all(['a', 'b', 'a', 'none'].map((id) => reads.get(id)))).toEqual(['A', 'B', 'A', undefined]);
  expect(calls).toEqual([['a', 'b', 'none']]);
});

test('who asks while a read is under way is shown what is there afterwards', async () => {
  let there = 'before';
  let release = (): void => undefined;
  const reads = new ReadTogether(async (ids) => {
    const seen = there;
    if (seen === 'before') await new Promise<void>((resolve) => (release = resolve));
    return new Map(ids.map((id) => [id, seen]));
  });
  const first = reads.get('a');
  await nextTurn();
  there = 'after';
  const second = reads.get('a');
  expect(await second).toBe('after');
  release();
  expect(await first).toBe('before');
});

test('a statement has at most 200 ids, and one that fails fails those that it was for', async () => {
  const sizes: number[] = [];
  const reads = new ReadTogether((ids) => {
    sizes.push(ids.length);
    return ids.includes('0') ? Promise.reject(new Error('away')) : Promise.resolve(new Map(ids.map((id) => [id, id])));
  });
  const read = await Promise.allSettled(Array.from({ length: 250 }, (_, n) => reads.get(String(n))));
  expect(sizes).toEqual([200, 50]);
  expect(read.map(({ status }) => status)).toEqual([
    ...Array.from({ length: 200 }, () => 'rejected'),
    ...Array.from({ length: 50 }, () => 'fulfilled'),
  ]);
});
