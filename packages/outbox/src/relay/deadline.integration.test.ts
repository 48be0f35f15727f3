import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { until } from '@outrider/testkit';
import { systemClock } from '../clock.js';
import { partitionOf } from '../partition-of.js';
import { PostgresOutboxStore } from '../postgres/postgres-outbox-store.js';
import { shardOf } from '../shard-of.js';
import { MemoryPublisher } from '../testing/memory-publisher.js';
import { eventOf, openOutbox, type OutboxUnderTest } from '../testing/outbox-under-test.js';
import { wrapStore } from '../testing/wrap-store.js';

let outbox: OutboxUnderTest;
beforeEach(async () => {
  outbox = await openOutbox();
});
afterEach(async () => {
  await outbox.close();
});

/** Of real time: nothing here ends a lease. The relay's own clock is what jumps. */
const LEASE_MS = 60_000;
const KEYS = Array.from({ length: 5_000 }, (_, index) => `key-${index}`);

async function shardsOf(owner: string): Promise<number[]> {
  const rows = await outbox.rows<{ shard: number }>('SELECT shard FROM outbox_lease WHERE owner=$1', [owner]);
  return rows.map(({ shard }) => shard);
}

const holds = (owner: string, shards: number): Promise<void> =>
  until(`${owner} holds ${shards}`, async () => {
    // as a relay that goes does: those that stay look at once, and not when their pulse would come
    await outbox.rows(`SELECT pg_notify('outbox','free')`);
    return (await shardsOf(owner)).length === shards;
  });

test('F07 an event that could not be sent within its lease is not overtaken by a later one of its page', async () => {
  let jumpedMs = 0;
  let slow = false;
  let answered = 0;
  let answer = (): void => {};
  let mayAnswer = Promise.resolve();
  const publisher = new MemoryPublisher();
  const open = publisher.open.bind(publisher);
  let late = false;
  // leases run out of their time between reading and sending
  publisher.open = () => ({
    ...open(),
    prepare: () => {
      if (late) jumpedMs += LEASE_MS * 0.4;
      late = false;
      return Promise.resolve();
    },
  });
  const first = outbox.relay({
    publisher,
    clock: { monotonicMs: () => systemClock.monotonicMs() + jumpedMs, wallMs: () => systemClock.wallMs() },
    store: wrapStore(new PostgresOutboxStore({ database: outbox.url }), {
      session: (of) => ({
        heartbeat: async (...args) => {
          await mayAnswer;
          const result = await of.heartbeat(...args);
          answered += 1;
          if (slow && result.claimable > 0 && result.relays === 1) {
            // the database is slow: a third of a lease passes, and with the next request it is slower still
            slow = false;
            jumpedMs += LEASE_MS / 3;
            mayAnswer = new Promise((resolve) => (answer = resolve));
          }
          return result;
        },
      }),
    }),
    // each event of a topic-partition is sent by a request of its own
    settings: { leaseMs: LEASE_MS, partitionBytes: 1 },
  });
  await holds(first.owner, 64);
  const second = outbox.relay({ publisher: new MemoryPublisher(), settings: { leaseMs: LEASE_MS } });
  await holds(second.owner, 32);
  const [kept, taken] = [await shardsOf(first.owner), await shardsOf(second.owner)];
  const a = KEYS.find((key) => kept.includes(shardOf(key))) ?? '';
  // of the same lane, and another partition
  const b =
    KEYS.find(
      (key) =>
        taken.includes(shardOf(key)) &&
        shardOf(key) % 2 === shardOf(a) % 2 &&
        partitionOf(key, 4) !== partitionOf(a, 4),
    ) ?? '';
  // what it takes now has more time left than what it holds already
  slow = true;
  await second.stop();
  await until('the first one has all', async () => (await shardsOf(first.owner)).length === 64);

  publisher.weather = async (events) => {
    if (!events.some(({ key }) => key === b)) return;
    const before = answered;
    answer();
    await until('the leases have been renewed', () => answered > before);
  };
  late = true;
  await outbox.append(eventOf(a, '1'), eventOf(b, '1'), eventOf(a, '2'));
  await until('nothing waits', async () => (await outbox.pending()) === 0);
  expect(publisher.of(a)).toEqual(['1', '2']);
  // and it was sent when there was time again, not before
  expect(publisher.arrived.map(({ key }) => key)).toEqual([b, a, a]);
});

test('F06 a relay that loses a lease in the middle of a page sends nothing more of it', async () => {
  let goesOn = false;
  const stops = (): Promise<void> => until('it may go on', () => goesOn);
  const stale = new MemoryPublisher();
  let fenced = 0;
  const first = outbox.relay({
    publisher: stale,
    store: wrapStore(new PostgresOutboxStore({ database: outbox.url }), {
      lane: (of) => ({
        acknowledge: async (...args) => {
          await stops();
          return of.acknowledge(...args);
        },
      }),
      session: (of) => ({
        heartbeat: async (...args) => {
          if (stale.arrived.length > 0) await stops();
          return of.heartbeat(...args);
        },
      }),
    }),
    observer: { fenced: (events) => void (fenced += events) },
    settings: { leaseMs: 900, partitionBytes: 1 },
  });
  await outbox.append(...['1', '2', '3'].map((text) => eventOf('a', text)));
  await until('it has sent the first', () => stale.arrived.length === 1);
  const other = new MemoryPublisher();
  outbox.relay({ publisher: other, settings: { leaseMs: 900 } });
  await until('nothing waits', async () => (await outbox.pending()) === 0);
  goesOn = true;
  await until('what it sent does not count', () => fenced === 1);
  await first.stop();
  expect(stale.of('a')).toEqual(['1']);
  expect(other.of('a')).toEqual(['1', '2', '3']);
});
