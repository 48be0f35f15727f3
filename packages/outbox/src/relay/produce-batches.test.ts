import { expect, test } from '@jest/globals';
import { groupBy, wavesOf } from './produce-batches.js';

test('a wave ends where one place would get more than it takes; what is larger goes alone', () => {
  const events = [
    { place: 'a', bytes: 60 },
    { place: 'b', bytes: 90 },
    { place: 'a', bytes: 40 },
    { place: 'a', bytes: 1 },
    { place: 'b', bytes: 500 },
    { place: 'b', bytes: 1 },
  ];
  const waves = wavesOf(events, 100);
  expect(waves.flat()).toEqual(events);
  expect(waves.map((wave) => wave.length)).toEqual([3, 2, 1]);
});

test('groups keep the order within, and among their firsts', () => {
  expect(groupBy(['b1', 'a1', 'b2', 'c1', 'a2'], (text) => text.slice(0, 1))).toEqual([
    ['b1', 'b2'],
    ['a1', 'a2'],
    ['c1'],
  ]);
});
