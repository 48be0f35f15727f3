import { expect, test } from '@jest/globals';
import { addReading, NO_INCREASES, type Increases, type Reading } from './increases.js';

const after = (...readings: readonly [source: string, reading: Reading, began?: boolean][]): Increases =>
  readings.reduce((sum, [source, reading, began]) => addReading(sum, source, reading, began ?? false), NO_INCREASES);

test('counts from the first reading of a source that was there before, and whole from one that began later', () => {
  expect(after(['a', { n: 100 }]).total).toEqual({});
  expect(after(['a', { n: 100 }], ['a', { n: 104 }]).total).toEqual({ n: 4 });
  expect(after(['a', { n: 100 }, true], ['a', { n: 104 }, true]).total).toEqual({ n: 104 });
});

test('takes a counter that went back for a restart, never for a negative number', () => {
  expect(after(['a', { n: 100 }], ['a', { n: 130 }], ['a', { n: 7 }], ['a', { n: 9 }]).total).toEqual({ n: 39 });
});

test('adds up all sources and keeps what one counted that is no longer there', () => {
  expect(after(['a', { n: 1 }], ['b', { n: 50 }], ['a', { n: 3 }], ['b', { n: 51 }], ['b', { n: 55 }]).total).toEqual({
    n: 7,
  });
});

test('counts a series whole that appears later', () => {
  expect(after(['a', { n: 5 }], ['a', { n: 5, failed: 2 }]).total).toEqual({ failed: 2 });
});

test('counts a series on that was not shown once', () => {
  expect(after(['a', { n: 5, m: 1 }], ['a', { m: 2 }], ['a', { n: 6, m: 3 }]).total).toEqual({ n: 1, m: 2 });
});

test('goes on from what was stored', () => {
  const stored = JSON.parse(JSON.stringify(after(['a', { n: 5 }], ['a', { n: 8 }]))) as Increases;
  expect(addReading(stored, 'a', { n: 10 }, false).total).toEqual({ n: 5 });
});

test('refuses what is no count', () => {
  expect(() => after(['a', { n: -1 }])).toThrow('n of a is -1, no count');
  expect(() => after(['a', { n: Number.NaN }])).toThrow(RangeError);
});
