import { expect, test } from '@jest/globals';
import { hasEnded, recentWalk, sweepWalk, type Walk } from './ledger-walk.js';

const settings = { graceMs: 60, recentMs: 3_600, sweepMs: 100_000 };
const NOW = 1_000_000;
const ended = (walk: Walk): Walk => ({ ...walk, reached: walk.from });

test('the first walk goes back as far as its setting says, from a grace ago', () => {
  const walk = recentWalk(null, NOW, settings);
  expect(walk).toEqual({ from: NOW - 3_660, to: NOW - 60, reached: NOW - 60, openFrom: null });
  expect(hasEnded(walk)).toBe(false);
});

test('a walk that was interrupted is continued', () => {
  const broken = { ...recentWalk(null, NOW, settings), reached: NOW - 500 };
  expect(recentWalk(broken, NOW + 300, settings)).toBe(broken);
  expect(sweepWalk(broken, NOW + 300, settings)).toBe(broken);
});

test('walks overlap, and none leaves a gap however long nobody looked', () => {
  const first = ended(recentWalk(null, NOW, settings));
  for (const later of [NOW + 1, NOW + 300, NOW + 1_000_000]) {
    const next = recentWalk(first, later, settings);
    expect(next.from).toBe(first.to - 60);
    expect(next.to).toBe(later - 60);
  }
});

test('what was on its way is looked at again, for a while', () => {
  const first = { ...ended(recentWalk(null, NOW, settings)), openFrom: NOW - 2_000 };
  expect(recentWalk(first, NOW + 300, settings).from).toBe(NOW - 2_000);
  // longer than that it is the sweep's
  expect(recentWalk(first, NOW + 2_000, settings).from).toBe(NOW + 2_000 - 3_600);
  expect(recentWalk({ ...first, openFrom: NOW }, NOW + 300, settings).from).toBe(first.to - 60);
});

test('a clock that was set back does not reverse a walk', () => {
  const first = ended(recentWalk(null, NOW, settings));
  const next = recentWalk(first, NOW - 5_000, settings);
  expect(next.from).toBeLessThan(next.to);
});

test('the sweep begins at the top again when it has come to its end', () => {
  const first = sweepWalk(null, NOW, settings);
  expect(first).toEqual({ from: NOW - 100_060, to: NOW - 60, reached: NOW - 60, openFrom: null });
  expect(sweepWalk(ended(first), NOW + 500, settings)).toMatchObject({ to: NOW + 440, reached: NOW + 440 });
});
