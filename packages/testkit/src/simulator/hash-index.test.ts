import { expect, test } from '@jest/globals';
import { hash } from './hash.js';
import { HashIndex } from './hash-index.js';
import { namesOfOneHash } from './testing/names-of-one-hash.js';

/** An index of names that are kept here, by the numbers that they are added with. */
function indexOf(names: readonly string[]): HashIndex {
  const index = new HashIndex((value) => [names[value]]);
  for (const [value, name] of names.entries()) index.add(name, value);
  return index;
}
const valueOf = (index: HashIndex, name: string): number | undefined => {
  const entry = index.find(name);
  return entry === undefined ? undefined : index.value(entry);
};

test('finds every one of many names, and none that was not added', () => {
  const names = Array.from({ length: 5_000 }, (_, n) => `name-${n}`);
  const index = indexOf(names);
  expect(names.map((name) => valueOf(index, name))).toEqual([...names.keys()]);
  expect([...index.values()]).toEqual([...names.keys()]);
  expect(index.find('name-5000')).toBeUndefined();
});

test('names of one hash are different names', () => {
  const [one, other] = namesOfOneHash((text) => `name-${text}`);
  expect(hash(one)).toBe(hash(other));
  expect(indexOf([one]).find(other)).toBeUndefined();
  const index = indexOf([one, other]);
  expect([valueOf(index, one), valueOf(index, other)]).toEqual([0, 1]);
  expect([...index.entries(one)]).toEqual([0]);
});

test('a name may have several entries, the newest first, and an entry another value', () => {
  const names = ['one', 'other', 'one', 'one'];
  const index = indexOf(names);
  expect([...index.entries('one')]).toEqual([3, 2, 0]);
  index.replace(3, 0);
  expect(valueOf(index, 'one')).toBe(0);
  expect(index.size).toBe(4);
});
