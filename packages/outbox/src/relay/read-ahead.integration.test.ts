import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { until } from '@outrider/testkit';
import { appendEvents } from '../append-events.js';
import { systemClock } from '../clock.js';
import { PublishError, type PublisherLane } from '../event-publisher.js';
import { retryKey } from '../operations/retry-key.js';
import type { LaneStore } from '../outbox-store.js';
import { outboxDatabase } from '../postgres/pool-database.js';
import { PostgresOutboxStore } from '../postgres/postgres-outbox-store.js';
import { shardOf } from '../shard-of.js';
import { readLag } from '../statements/read-lag.js';
import { MemoryPublisher, type Weather } from '../testing/memory-publisher.js';
import { eventOf, openOutbox, type OutboxUnderTest } from '../testing/outbox-under-test.js';
import { wrapStore } from '../testing/wrap-store.js';
import type { Relay, RelayOptions } from './relay.js';

/** Of one shard; more than that waits, so the page is cut and the next one is read ahead. */
const PAGE = 100;
const [A = '', B = ''] = Array.from({ length: 5_000 }, (_, index) => `key-${index}`).filter(
  (key) => shardOf(key) === 5,
);
const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index));

let outbox: OutboxUnderTest;
/** ids of the pages that were read ahead */
let aheads: string[][];
beforeEach(async () => {
  outbox = await openOutbox();
  aheads = [];
});
afterEach(async () => {
  await outbox.close();
});

/** Notes what is read ahead; `before` is waited for before the first time. */
function noting(
  of: LaneStore,
  before = async (): Promise<void> => {},
): Pick<LaneStore, 'readPage' | 'readPageAndXmin'> {
  const note = async <P>(
    excludedIds: readonly string[],
    read: () => Promise<P>,
    idsOf: (page: P) => string[],
  ): Promise<P> => {
    const isAhead = excludedIds.length > 0;
    if (isAhead && aheads.length === 0) await before();
    const page = await read();
    if (isAhead) aheads.push(idsOf(page));
    return page;
  };
  return {
    readPage: (leases, perShard, maxBytes, excludedIds) =>
      note(
        excludedIds,
        () => of.readPage(leases, perShard, maxBytes, excludedIds),
        (page) => page.map(({ id }) => id),
      ),
    readPageAndXmin: (leases, perShard, maxBytes, excludedIds) =>
      note(
        excludedIds,
        () => of.readPageAndXmin(leases, perShard, maxBytes, excludedIds),
        ({ events }) => events.map(({ id }) => id),
      ),
  };
}

/** A relay of small pages. */
function relayOf(
  publisher: RelayOptions['publisher'],
  { settings, before }: { readonly settings?: RelayOptions['settings']; readonly before?: () => Promise<void> } = {},
): Relay {
  const store = wrapStore(new PostgresOutboxStore({ database: outbox.url }), { lane: (of) => noting(of, before) });
  return outbox.relay({ store, publisher, settings: { pageEvents: PAGE, ...settings } });
}

/** Holds the first request until its successor has been read; then it fares as `then` says. */
function firstWaits(then: Weather = () => {}, sees = () => aheads.length > 0): MemoryPublisher {
  const publisher: MemoryPublisher = new MemoryPublisher(async (events) => {
    if (publisher.requests === 1) await until('the next page has been read', sees);
    await then(events);
  });
  return publisher;
}

const drained = (): Promise<void> => until('nothing waits', async () => (await outbox.pending()) === 0);

test('F07 a page read while another is being sent holds nothing of it, and follows it', async () => {
  await outbox.append(...numbers(1, 250).map((text) => eventOf(A, text)));
  const publisher = firstWaits();
  relayOf(publisher);
  await drained();
  expect(publisher.arrived.map(({ payload }) => payload)).toEqual(numbers(1, 250));
  expect(aheads.map((page) => page.length)).toEqual([PAGE, 50]);
});

test('F08 what is committed late, below what is in hand, is sent before what is newer of its key', async () => {
  const slow = await outbox.pool.connect();
  await slow.query('BEGIN');
  await appendEvents(slow, [eventOf(B, '1')]);
  await outbox.append(...numbers(1, 150).map((text) => eventOf(A, text)));
  const publisher = firstWaits();
  relayOf(publisher, {
    before: async () => {
      await slow.query('COMMIT');
      slow.release();
      await outbox.append(eventOf(B, '2'));
    },
  });
  await drained();
  expect(publisher.of(B)).toEqual(['1', '2']);
  expect(publisher.arrived).toHaveLength(152);
});

test('F13 a key that is parked is not sent from the page that was read ahead', async () => {
  const poison = new Set(['2']);
  const publisher = firstWaits((events) => {
    const bad = events.some(({ key, payload }) => key === B && poison.has(payload));
    if (bad) throw new PublishError('event', 'MESSAGE_TOO_LARGE', { cause: 'refused' });
  });
  await outbox.append(
    ...['1', '2'].map((text) => eventOf(B, text)),
    ...numbers(1, PAGE).map((text) => eventOf(A, text)),
    ...['3', '4'].map((text) => eventOf(B, text)),
    ...numbers(PAGE + 1, 2 * PAGE).map((text) => eventOf(A, text)),
  );
  relayOf(publisher, { settings: { keyMaxAttempts: 1 } });
  await drained();
  expect(publisher.of(B)).toEqual(['1']);
  expect(publisher.of(A)).toEqual(numbers(1, 2 * PAGE));
  expect(await readLag(outbox.pool)).toMatchObject({ deadKeys: 1, deadEvents: 3 });
  poison.clear();
  await retryKey(outboxDatabase(outbox.pool), B);
  await until('the key is out', () => publisher.of(B).length === 4);
  expect(publisher.of(B)).toEqual(['1', '2', '3', '4']);
});

test('F13 a key that is retried after the next page was read is sent in order', async () => {
  const poison = new Set(['1']);
  let held = false;
  const publisher = new MemoryPublisher(async (events) => {
    if (events.some(({ key, payload }) => key === B && poison.has(payload))) {
      throw new PublishError('event', 'MESSAGE_TOO_LARGE', { cause: 'refused' });
    }
    if (events.some(({ payload }) => payload === 'hold')) await until('the page may go on', () => !held);
  });
  relayOf(publisher, { settings: { keyMaxAttempts: 1 } });
  await outbox.append(eventOf(B, '1'), eventOf(B, '2'));
  await until('it is parked', async () => (await readLag(outbox.pool)).deadEvents === 2);
  poison.clear();
  held = true;
  await outbox.append(eventOf(A, 'hold'), ...numbers(2, PAGE).map((text) => eventOf(A, text)), eventOf(B, '3'));
  await until('the next page has been read, with an event of that key', () =>
    aheads.some(({ length }) => length === 1),
  );
  await retryKey(outboxDatabase(outbox.pool), B);
  held = false;
  await until('the key is out', () => publisher.of(B).length === 3);
  expect(publisher.of(B)).toEqual(['1', '2', '3']);
  await drained();
});

/** A relay to which it happens, when `misses` says so, that a page's time is over before it is sent; the next one's is not. */
function relayThatMisses(
  publisher: MemoryPublisher,
  misses: () => boolean,
  { safeFloor = false, before }: { readonly safeFloor?: boolean; readonly before?: () => Promise<void> } = {},
): void {
  let jumpedMs = 0;
  let renewed = 0;
  const open = publisher.open.bind(publisher);
  publisher.open = (): PublisherLane => ({
    ...open(),
    prepare: async () => {
      if (jumpedMs === 0 && misses()) {
        await until('the next page has been read', () => aheads.length > 0);
        jumpedMs = 60_000;
      } else if (jumpedMs > 0) {
        const before = renewed;
        await until('the lease has been renewed', () => renewed > before);
      }
    },
  });
  outbox.relay({
    publisher,
    store: wrapStore(new PostgresOutboxStore({ database: outbox.url }), {
      lane: (of) => noting(of, before),
      session: (of) => ({
        heartbeat: async (...args) => {
          const result = await of.heartbeat(...args);
          renewed += 1;
          return result;
        },
      }),
    }),
    clock: { monotonicMs: () => systemClock.monotonicMs() + jumpedMs, wallMs: () => systemClock.wallMs() },
    settings: { pageEvents: PAGE, leaseMs: 3_000, safeFloor, sweepMs: 3_600_000 },
  });
}

test('F07 events that could not be sent within their lease are not overtaken by those that were read ahead', async () => {
  const publisher = new MemoryPublisher();
  await outbox.append(...numbers(1, 150).map((text) => eventOf(A, text)));
  relayThatMisses(publisher, () => true);
  await drained();
  expect(publisher.of(A)).toEqual(numbers(1, 150));
});

test('F08 F10 events that were not sent do not lie below a floor that a page read ahead has raised', async () => {
  const publisher = new MemoryPublisher();
  let misses = false;
  const slow = await outbox.pool.connect();
  await slow.query('BEGIN');
  await appendEvents(slow, [eventOf(B, 'late')]);
  // open until the page is read ahead: floors cannot rise earlier
  const old = await outbox.pool.connect();
  await old.query('BEGIN');
  await old.query('SELECT pg_current_xact_id()');
  await outbox.append(...numbers(1, PAGE).map((text) => eventOf(A, text)));
  const before = async (): Promise<void> => {
    if (!misses) return;
    await old.query('COMMIT');
    old.release();
  };
  relayThatMisses(publisher, () => misses, { safeFloor: true, before });
  await drained();
  aheads = [];
  misses = true;
  await slow.query('COMMIT');
  slow.release();
  await outbox.append(...numbers(PAGE + 1, 250).map((text) => eventOf(A, text)));
  await drained();
  expect(publisher.of(B)).toEqual(['late']);
  expect(publisher.of(A)).toEqual(numbers(1, 250));
});

test('F06 a relay that lost a lease sends nothing of what it had read ahead', async () => {
  await outbox.append(...numbers(1, 150).map((text) => eventOf(A, text)));
  const stale = firstWaits();
  let goesOn = false;
  const store = new PostgresOutboxStore({ database: outbox.url });
  const stops = (): Promise<void> => until('it may go on', () => goesOn);
  let fenced = 0;
  const first = outbox.relay({
    publisher: stale,
    store: wrapStore(store, {
      lane: (of) => ({
        ...noting(of),
        acknowledge: async (...args) => {
          await stops();
          return of.acknowledge(...args);
        },
      }),
      session: (of) => ({
        heartbeat: async (...args) => {
          if (aheads.length > 0) await stops();
          return of.heartbeat(...args);
        },
      }),
    }),
    observer: { fenced: (events) => void (fenced += events) },
    settings: { pageEvents: PAGE, leaseMs: 900 },
  });
  await until('it has sent its page, and read the next', () => stale.arrived.length === PAGE && aheads.length > 0);
  const other = new MemoryPublisher();
  outbox.relay({ publisher: other, settings: { leaseMs: 900 } });
  await drained();
  goesOn = true;
  await until('what it sent does not count', () => fenced === PAGE);
  await first.stop();
  expect(stale.arrived).toHaveLength(PAGE);
  expect(other.of(A)).toEqual(numbers(1, 150));
});

test('F07 a released shard is released without what had been read ahead of it', async () => {
  // of the half that the second relay gets
  const key = Array.from({ length: 500 }, (_, index) => `key-${index}`).find((name) => shardOf(name) >= 32) ?? '';
  await outbox.append(...numbers(1, 150).map((text) => eventOf(key, text)));
  let knowsOther = false;
  const publisher = firstWaits(
    () => {},
    () => aheads.length > 0 && knowsOther,
  );
  const settings = { pageEvents: PAGE, leaseMs: 3_000 };
  outbox.relay({
    publisher,
    store: wrapStore(new PostgresOutboxStore({ database: outbox.url }), {
      lane: (of) => noting(of),
      session: (of) => ({
        heartbeat: async (...args) => {
          const result = await of.heartbeat(...args);
          knowsOther ||= result.relays > 1;
          return result;
        },
      }),
    }),
    settings,
  });
  await until('the next page has been read', () => aheads.length > 0);
  const other = new MemoryPublisher();
  outbox.relay({ publisher: other, settings });
  await drained();
  expect(publisher.arrived.map(({ payload }) => payload)).toEqual(numbers(1, PAGE));
  expect(other.arrived.map(({ payload }) => payload)).toEqual(numbers(PAGE + 1, 150));
});

test('F12 what was read ahead waits while the broker is away, and comes after', async () => {
  let away = 5;
  const publisher = firstWaits(() => {
    away -= 1;
    if (away >= 0) throw new PublishError('broker', 'KafkaJSConnectionError', { cause: 'connection refused' });
  });
  await outbox.append(...numbers(1, 250).map((text) => eventOf(A, text)));
  relayOf(publisher);
  await drained();
  expect(publisher.arrived.map(({ payload }) => payload)).toEqual(numbers(1, 250));
  expect(await readLag(outbox.pool)).toMatchObject({ deadKeys: 0, retryingKeys: 0 });
});

test('F37 a relay that is stopped sends nothing of what it had read ahead; the next one does', async () => {
  await outbox.append(...numbers(1, 150).map((text) => eventOf(A, text)));
  let stopping: Promise<void> | undefined;
  const publisher = firstWaits(
    () => {},
    () => stopping !== undefined,
  );
  const first = relayOf(publisher);
  await until('the next page has been read', () => aheads.length > 0);
  stopping = first.stop();
  await stopping;
  expect(publisher.arrived).toHaveLength(PAGE);
  expect(await outbox.pending()).toBe(50);
  relayOf(publisher);
  await drained();
  expect(publisher.arrived.map(({ payload }) => payload)).toEqual(numbers(1, 150));
});

test('what is committed after a look ahead that found nothing is found', async () => {
  await outbox.append(...numbers(1, PAGE).map((text) => eventOf(A, text)));
  const publisher = firstWaits(
    () => {},
    () => added,
  );
  let added = false;
  // it looks by itself only once a minute
  relayOf(publisher, { settings: { leaseMs: 180_000, pollMs: 60_000 } });
  await until('the next page has been read', () => aheads.length > 0);
  expect(aheads).toEqual([[]]);
  await outbox.append(eventOf(A, 'after'));
  added = true;
  await drained();
  expect(publisher.of(A)).toEqual([...numbers(1, PAGE), 'after']);
});

/** Of a page, and of each shard's backlog. */
const EVENTS = 4_000;
/** A key of each shard. */
const EVERY_SHARD = [...new Map(numbers(1, 2_000).map((key) => [shardOf(key), key] as const)).values()];

test.each([
  { shard: 'had an event', before: 1, most: EVENTS },
  // a quarter of each of the 32 shards of a lane
  { shard: 'had a backlog', before: 20_000, most: (32 * EVENTS) / 4 },
])(
  'a page is bounded where one shard $shard, and then all have a backlog',
  async ({ before, most }) => {
    const sizes: number[] = [];
    const publisher = new MemoryPublisher();
    const store = wrapStore(new PostgresOutboxStore({ database: outbox.url }), {
      lane: (of) => ({
        readPage: async (...asked) => {
          const page = await of.readPage(...asked);
          sizes.push(page.length);
          return page;
        },
      }),
    });
    const all = async (): Promise<void> => {
      for (const _ of numbers(1, 5)) {
        await outbox.append(...EVERY_SHARD.flatMap((key) => numbers(1, EVENTS / 5).map((text) => eventOf(key, text))));
      }
    };
    const first = EVERY_SHARD[0] ?? '';
    await outbox.append(...numbers(1, before).map((text) => eventOf(first, text)));
    let isWaiting = false;
    // what was read of the one shard is on its way when the others get theirs
    publisher.weather = () => until('all have a backlog', () => !isWaiting);
    isWaiting = before > 1;
    outbox.relay({ store, publisher, settings: { pageEvents: EVENTS } });
    if (before === 1) await drained();
    else await until('the first page is on its way', () => publisher.requests > 0);
    await all();
    isWaiting = false;
    await until('nothing waits', async () => (await outbox.pending()) === 0, 120_000);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(most);
    expect(publisher.arrived).toHaveLength(before + 64 * EVENTS);
  },
  180_000,
);
