import { expect, test } from '@jest/globals';
import { MOST_COUNTED as MOST_COUNTED_OF_AN_OUTBOX, SHARDS as SHARDS_OF_AN_OUTBOX } from '@outrider/outbox';
import type { PodReading } from './pod-reading.js';
import { MOST_COUNTED, SHARDS, WorkersCount } from './workers-count.js';

interface Worker {
  readonly published: number;
  /** by database: age and number of pending events; undefined: the database did not answer */
  readonly pending: Readonly<Record<string, readonly [age: number, events: number] | undefined>>;
}

function pod(uid: string, worker: Worker | undefined, restarts = 0): PodReading {
  const { published = 0, pending = {} } = worker ?? {};
  const series = Object.entries(pending).flatMap(([database, lag]) => [
    { name: 'outbox_shards_owned', labels: { database }, value: 32 },
    { name: 'outbox_published_total', labels: { database }, value: published },
    ...(lag === undefined
      ? []
      : [
          { name: 'outbox_oldest_unpublished_age_seconds', labels: { database }, value: lag[0] },
          { name: 'outbox_unpublished_events', labels: { database }, value: lag[1] },
          { name: 'outbox_dead_letters_keys', labels: { database }, value: 2 },
        ]),
  ]);
  return {
    uid,
    restarts,
    revision: undefined,
    outOfMemoryAt: undefined,
    running: true,
    series: worker === undefined ? undefined : series,
  };
}
const order = (published: number, age = 1, events = 10): Worker => ({ published, pending: { order: [age, events] } });

test('an outbox has as many shards as it says, and counts as far', () => {
  expect(SHARDS).toBe(SHARDS_OF_AN_OUTBOX);
  expect(MOST_COUNTED).toBe(MOST_COUNTED_OF_AN_OUTBOX);
});

test('age is the oldest of all databases, pending events are those of all, each read once', () => {
  const worker = { published: 0, pending: { order: [3, 100], payment: [7, 20] } } as const;
  expect(new WorkersCount().add([pod('a', worker), pod('b', worker)], 0)).toMatchObject({
    oldestAgeSeconds: 7,
    pendingEvents: 120,
    parkedKeys: 4,
    workers: 2,
    databases: 2,
    shards: 64,
  });
});

test('a database with more than 100,000 pending events says no more than that, and so do all of them', () => {
  const [full, over] = [
    order(0, 1, 100_000),
    { published: 0, pending: { order: [1, 100_001], payment: [1, 5] } } as const,
  ];
  expect(new WorkersCount().add([pod('a', full)], 0)).toMatchObject({ pendingEvents: 100_000, morePending: false });
  expect(new WorkersCount().add([pod('a', over)], 0)).toMatchObject({ pendingEvents: 100_006, morePending: true });
});

test('a database that did not answer leaves age and number unknown', () => {
  const found = new WorkersCount().add([pod('a', { published: 0, pending: { order: [3, 1], payment: undefined } })], 0);
  expect([found.oldestAgeSeconds, found.pendingEvents, found.databases]).toEqual([undefined, undefined, 2]);
  expect(new WorkersCount().add([], 0)).toMatchObject({
    oldestAgeSeconds: undefined,
    workers: 0,
    databases: undefined,
  });
});

test('events a second are those of all workers since the look before, over restarts and ends of pods', () => {
  const count = new WorkersCount();
  expect(count.add([pod('a', order(1_000))], 0).eventsPerSecond).toBeUndefined();
  expect(count.add([pod('a', order(1_100)), pod('b', order(20))], 10_000).eventsPerSecond).toBe(12);
  expect(count.add([pod('a', order(30), 1), pod('b', order(20))], 20_000).eventsPerSecond).toBe(3);
  expect(count.add([pod('b', order(60))], 30_000).eventsPerSecond).toBe(4);
});

test('while a worker does not answer, what all do is not known, and is counted when it does', () => {
  const count = new WorkersCount();
  count.add([pod('a', order(0)), pod('b', order(0))], 0);
  expect(count.add([pod('a', order(50)), pod('b', undefined)], 10_000).eventsPerSecond).toBeUndefined();
  expect(count.add([pod('a', order(50)), pod('b', order(40))], 20_000).eventsPerSecond).toBe(4.5);
});
