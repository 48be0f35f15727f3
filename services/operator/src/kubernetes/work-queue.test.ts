import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { WorkQueue, type Work } from './work-queue.js';

const TIMES = { leastMs: 100, firstBackoffMs: 1_000, longestBackoffMs: 60_000 };

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** A queue whose work takes as long as the test wants. */
function open(workers = 2, result: Work = async () => undefined) {
  const begun: string[] = [];
  const failed: string[] = [];
  const ends: (() => void)[] = [];
  let held = false;
  const queue = new WorkQueue(
    async (key) => {
      begun.push(key);
      if (held) await new Promise<void>((resolve) => ends.push(resolve));
      return result(key);
    },
    workers,
    (key) => failed.push(key),
    TIMES,
  );
  return {
    queue,
    begun,
    failed,
    hold: () => void (held = true),
    end: async () => {
      ends.shift()?.();
      await jest.advanceTimersByTimeAsync(0);
    },
  };
}
const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

test('a key is worked on once, however often it was added before', async () => {
  const { queue, begun } = open();
  for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
  await pass(10);
  expect(begun).toEqual(['a', 'b']);
});

test('a key that is added while it is worked on is worked on again after that, by one worker at a time', async () => {
  const { queue, begun, hold, end } = open();
  hold();
  queue.add('a');
  await pass(0);
  queue.add('a');
  queue.add('a');
  await pass(1_000);
  expect(begun).toEqual(['a']);
  await end();
  await pass(TIMES.leastMs);
  expect(begun).toEqual(['a', 'a']);
});

test('so many keys are worked on at once and no more; the others wait and are counted', async () => {
  const { queue, begun, hold, end } = open(2);
  hold();
  for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
  await pass(1_000);
  expect([begun, queue.depth]).toEqual([['a', 'b'], 2]);
  await end();
  expect([begun, queue.depth]).toEqual([['a', 'b', 'c'], 1]);
});

test('the same key is not begun more often than it may be', async () => {
  const { queue, begun } = open();
  for (let times = 0; times < 20; times += 1) {
    queue.add('a');
    await pass(10);
  }
  expect(begun.length).toBeLessThanOrEqual(3);
});

test('work says when it wants to be done again; what is added comes sooner', async () => {
  const { queue, begun } = open(1, async () => 5_000);
  queue.add('a');
  await pass(4_900);
  expect(begun).toHaveLength(1);
  await pass(200);
  expect(begun).toHaveLength(2);
  queue.add('a');
  await pass(TIMES.leastMs);
  expect(begun).toHaveLength(3);
});

test('what wants to be done again in 60 days is looked at every ten minutes: the clock may be set meanwhile', async () => {
  const { queue, begun } = open(1, async () => 60 * 86_400_000);
  queue.add('a');
  await pass(599_000);
  expect(begun).toEqual(['a']);
  await pass(2_000);
  expect(begun).toEqual(['a', 'a']);
  await pass(3_000_000);
  expect(begun).toHaveLength(7);
});

test('what fails is tried again, with waits that grow, and is still looked at when something changes', async () => {
  const { queue, begun, failed } = open(1, async () => {
    throw new Error('broken');
  });
  queue.add('a');
  await pass(10_000);
  const tries = begun.length;
  expect(tries).toBeGreaterThan(2);
  expect(tries).toBeLessThan(8);
  expect(failed).toHaveLength(tries);
  for (let times = 0; times < 10; times += 1) {
    queue.add('a');
    await pass(100);
  }
  expect(begun.length).toBeGreaterThan(tries);
  expect(begun.length).toBeLessThanOrEqual(tries + 2);
});

test('a key that is forgotten is not worked on, and one that is added again is', async () => {
  const { queue, begun } = open(1, async () => 1_000);
  queue.add('a');
  await pass(0);
  queue.forget('a');
  await pass(10_000);
  expect(begun).toHaveLength(1);
  queue.add('a');
  await pass(1_000);
  expect(begun.length).toBeGreaterThan(1);
});

test('a closed queue ends what runs and begins nothing more', async () => {
  const { queue, begun, hold, end } = open(1);
  hold();
  queue.add('a');
  queue.add('b');
  await pass(0);
  let closed = false;
  void queue.close().then(() => (closed = true));
  await pass(1_000);
  expect(closed).toBe(false);
  await end();
  queue.add('c');
  await pass(10_000);
  expect([closed, begun]).toEqual([true, ['a']]);
});
