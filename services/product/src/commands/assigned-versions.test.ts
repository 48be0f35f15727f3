import { expect, test } from '@jest/globals';
import { AssignedVersions } from './assigned-versions.js';

test('versions grow by one', () => {
  const versions = new AssignedVersions();
  expect(versions.next('a', 1)).toBe(2);
  versions.assigned('a', 2);
  expect(versions.next('a', 2)).toBe(3);
  // another process was at it
  expect(versions.next('a', 7)).toBe(8);
  expect(versions.next('b', 1)).toBe(2);
});

test('F15 a version that was assigned is not assigned again when the database has lost it', () => {
  const versions = new AssignedVersions();
  versions.assigned('a', 9);
  versions.assigned('a', 4);
  expect(versions.next('a', 2)).toBe(10);
});

test('a version that was not committed is not counted', () => {
  const versions = new AssignedVersions();
  expect([versions.next('a', 1), versions.next('a', 1)]).toEqual([2, 2]);
});

test('ten thousand products are remembered, those changed last', () => {
  const versions = new AssignedVersions();
  for (let n = 0; n <= 10_000; n += 1) versions.assigned(`p${n}`, 5);
  expect([versions.next('p0', 1), versions.next('p1', 1)]).toEqual([2, 6]);
});
