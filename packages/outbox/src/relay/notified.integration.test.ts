import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { until } from '@outrider/testkit';
import { appendEvents } from '../append-events.js';
import { OutboxNotifier } from '../outbox-notifier.js';
import type { OutboxEvent } from '../ports.js';
import { PostgresOutboxStore } from '../postgres/postgres-outbox-store.js';
import { shardOf } from '../shard-of.js';
import { MemoryPublisher, refusing } from '../testing/memory-publisher.js';
import { outboxDatabase } from '../postgres/pool-database.js';
import { eventOf, openOutbox, silent, type OutboxUnderTest } from '../testing/outbox-under-test.js';
import { wrapStore } from '../testing/wrap-store.js';

let outbox: OutboxUnderTest;
let notifier: OutboxNotifier;
/** shards of each page that was read */
let looks: number[][];
beforeEach(async () => {
  outbox = await openOutbox();
  notifier = new OutboxNotifier(outbox.pool, silent);
  looks = [];
});
afterEach(async () => {
  await notifier.close();
  await outbox.close();
});

/** A relay that looks by itself only once a minute, waiting in idleness. */
async function idleRelay(publisher: MemoryPublisher): Promise<void> {
  const store = new PostgresOutboxStore({ database: outbox.url });
  outbox.relay({
    publisher,
    store: wrapStore(store, {
      lane: (of) => ({
        readPage: async (leases, ...args) => {
          const page = await of.readPage(leases, ...args);
          looks.push(leases.map(({ shard }) => shard));
          return page;
        },
      }),
    }),
    settings: { leaseMs: 180_000, pollMs: 60_000, keyMaxAttempts: 1 },
  });
  await until('both lanes have looked everywhere', () => looks.flat().length === 64);
  looks = [];
}

async function append(...events: OutboxEvent[]): Promise<void> {
  await outboxDatabase(outbox.pool).transaction((tx) => appendEvents(tx, events));
  notifier.committed(events);
}

const drained = (): Promise<void> => until('nothing waits', async () => (await outbox.pending()) === 0);

test('a relay that is notified of a shard looks there, once', async () => {
  const publisher = new MemoryPublisher();
  await idleRelay(publisher);
  await append(eventOf('a', '1'), eventOf('a', '2'));
  await drained();
  await append(eventOf('b', '1'));
  await drained();
  expect(looks).toEqual([[shardOf('a')], [shardOf('b')]]);
});

test('what is appended while a page is being sent is sent by its own notification', async () => {
  let onTheirWay = 0;
  let held = true;
  const publisher = new MemoryPublisher(async () => {
    onTheirWay += 1;
    await until('it may go on', () => !held);
  });
  await idleRelay(publisher);
  await append(eventOf('a', '1'));
  await until('it is on its way', () => onTheirWay === 1);
  await append(eventOf('a', '2'));
  await append(eventOf('a', '3'));
  held = false;
  await drained();
  expect(publisher.of('a')).toEqual(['1', '2', '3']);
});

test('after a full page, or one that was not sent completely, the relay looks again', async () => {
  const publisher = new MemoryPublisher(refusing(new Set(['bad'])));
  await idleRelay(publisher);
  await append(...Array.from({ length: 2_500 }, (_, index) => eventOf('a', String(index))));
  await drained();
  expect(publisher.of('a')).toHaveLength(2_500);
  await append(eventOf('sick', 'bad'));
  await drained();
  await append(eventOf('sick', '2'), eventOf('a', 'last'));
  await drained();
  expect(publisher.of('a').at(-1)).toBe('last');
  expect(publisher.of('sick')).toEqual([]);
});

test('notified of no shard in particular, it looks into all', async () => {
  const publisher = new MemoryPublisher();
  await idleRelay(publisher);
  await outbox.append(eventOf('a', '1'));
  await drained();
  expect(new Set(looks.flat()).size).toBe(64);
});
