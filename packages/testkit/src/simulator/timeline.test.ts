import { afterEach, expect, jest, test } from '@jest/globals';
import { Timeline } from './timeline.js';

const minute = (n: number): string => new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString();
const ALL = { from: minute(0), to: '9999-12-31T23:59:59.000Z' };
afterEach(() => {
  jest.useRealTimers();
});

test('finds the newest of a span: its beginning is in it, its end is not', () => {
  const timeline = new Timeline();
  for (let n = 0; n < 200; n += 1) timeline.add(minute(n));
  expect(timeline.newestFirst({ from: minute(3), to: minute(6) }, 200, 10)).toEqual([5, 4, 3]);
  expect(timeline.newestFirst(ALL, 200, 2)).toEqual([199, 198]);
  expect(timeline.newestFirst(ALL, 2, 10)).toEqual([1, 0]);
  expect(timeline.newestFirst({ from: minute(6), to: minute(3) }, 200, 10)).toEqual([]);
});

test('stands still while a clock that was set back catches up', () => {
  const timeline = new Timeline();
  for (const n of [5, 1, 6]) timeline.add(minute(n));
  expect(timeline.newestFirst({ from: minute(5), to: minute(6) }, 3, 10)).toEqual([1, 0]);
  jest.useFakeTimers({ now: Date.parse(minute(2)) });
  expect(timeline.now()).toBe(minute(6));
  jest.setSystemTime(Date.parse(minute(7)));
  expect(timeline.now()).toBe(minute(7));
});
