import { expect, test } from '@jest/globals';
import { GivenVersions } from './assigned-versions.js';

test('versions grow by one', () => {
  const versions = new GivenVersions();
  expect(versions.next('a', 1)).toBe(2);
  versions.given('a', 2);
  expect(versions.next('a', 2)).toBe(3);
  // another process was at it
  expect(versions.next('a', 7)).toBe(8);
  expect(versions.next('b', 1)).toBe(2);
});

test('F15 a version that was given is not given again when the database has forgotten it', () => {
  const versions = new GivenVersions();
  versions.given('a', 9);
  versions.given('a', 4);
  expect(versions.next('a', 2)).toBe(10);
});

test('a version that was not committed is not counted', () => {
  const versions = new GivenVersions();
  expect([versions.next('a', 1), versions.next('a', 1)]).toEqual([2, 2]);
});

test('ten thousand products are remembered, those changed last', () => {
  const versions = new GivenVersions();
  for (let n = 0; n <= 10_000; n += 1) versions.given(`p${n}`, 5);
  expect([versions.next('p0', 1), versions.next('p1', 1)]).toEqual([2, 6]);
});
