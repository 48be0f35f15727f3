import { expect, test } from '@jest/globals';
import { groupBy, produceBatches } from './produce-batches.js';

test('a batch ends where a topic-partition would get more than its limit; a larger event goes alone', () => {
  const events = [
    { topicPartition: 'a/0', bytes: 60 },
    { topicPartition: 'b/0', bytes: 90 },
    { topicPartition: 'a/0', bytes: 40 },
    { topicPartition: 'a/0', bytes: 1 },
    { topicPartition: 'b/0', bytes: 500 },
    { topicPartition: 'b/0', bytes: 1 },
  ];
  const batches = produceBatches(events, 100);
  expect(batches.flat()).toEqual(events);
  expect(batches.map((batch) => batch.length)).toEqual([3, 2, 1]);
});

test('groups keep the order within, and that of their first events', () => {
  expect(groupBy(['b1', 'a1', 'b2', 'c1', 'a2'], (text) => text.slice(0, 1))).toEqual([
    ['b1', 'b2'],
    ['a1', 'a2'],
    ['c1'],
  ]);
});
