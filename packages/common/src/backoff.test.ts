import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { atMost, backoffMs, pause } from './backoff.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('waits', () => {
  test('double with each try up to the longest, and are never less than half', () => {
    for (let tries = 1; tries < 100; tries += 1) {
      const full = Math.min(5_000, 100 * 2 ** (tries - 1));
      const wait = backoffMs(tries, 100, 5_000);
      expect(wait).toBeGreaterThanOrEqual(full / 2);
      expect(wait).toBeLessThanOrEqual(full);
    }
  });

  test('end with the signal, also one that was given before, and leave no timer', async () => {
    const signal = new AbortController();
    const paused = pause(60_000, signal.signal);
    signal.abort();
    await paused;
    await pause(60_000, signal.signal);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('for work end with the work or when the time is over, and leave no timer', async () => {
    await atMost(60_000, Promise.resolve());
    expect(jest.getTimerCount()).toBe(0);
    const over = atMost(60_000, new Promise(() => undefined));
    await jest.advanceTimersByTimeAsync(60_000);
    await over;
    expect(jest.getTimerCount()).toBe(0);
  });
});
