import { expect, test } from '@jest/globals';
import { COMMITS_WITHIN_MS, recentFrom } from './recent-from.js';

const NOW = Date.parse('2026-06-01T12:00:00Z');
const HOUR = 3_600_000;

test.each([
  ['all have ended: what may still commit', undefined, HOUR, NOW - COMMITS_WITHIN_MS],
  ['one is open that is younger than that', NOW - 1, HOUR, NOW - COMMITS_WITHIN_MS],
  ['one is open that is older', NOW - HOUR / 2, HOUR, NOW - HOUR / 2],
  ['one is open that is older than what is looked at', NOW - 2 * HOUR, HOUR, NOW - HOUR],
  ['no more is looked at than may still commit', undefined, 1_000, NOW - 1_000],
])('the next round looks from where it must when %s', (_when, openFrom, recentMs, from) => {
  expect(recentFrom(openFrom, NOW, recentMs)).toBe(from);
});
