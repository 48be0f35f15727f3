import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { until } from '@outrider/testkit';
import { appendEvents } from '../append-events.js';
import type { OutboxStore } from '../outbox-store.js';
import { PostgresOutboxStore } from '../postgres/postgres-outbox-store.js';
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

const KEYS = Array.from({ length: 60 }, (_, index) => `key-${index}`);

async function holders(): Promise<Record<string, number>> {
  const rows = await outbox.rows<{ owner: string | null; n: number }>(
    'SELECT owner,count(*)::int AS n FROM outbox_lease WHERE lease_until>now() GROUP BY owner',
  );
  return Object.fromEntries(rows.map(({ owner, n }) => [String(owner), n]));
}

const holds = (owner: string, shards: number) =>
  until(`${owner} holds ${shards}`, async () => (await holders())[owner] === shards);

/** Calls pass only while the gate is open: what a process that is stopped, or cut off, looks like from outside. */
class Gate {
  #open: Promise<void> = Promise.resolve();
  open: () => void = () => {};
  shut(): void {
    this.#open = new Promise((resolve) => (this.open = resolve));
  }
  passed(): Promise<void> {
    return this.#open;
  }
}

/** A store whose holder can be made to stop just before it acknowledges, and to stop renewing. */
function stoppable(store: OutboxStore, gate: Gate): OutboxStore {
  return wrapStore(store, {
    lane: (of) => ({
      acknowledge: async (...args) => {
        await gate.passed();
        return of.acknowledge(...args);
      },
    }),
    session: (of) => ({
      heartbeat: async (...args) => {
        await gate.passed();
        return of.heartbeat(...args);
      },
    }),
  });
}

describe('F06', () => {
  test('a paused relay is taken over after its lease, and fenced when it wakes', async () => {
    const publisher = new MemoryPublisher();
    const gate = new Gate();
    let fenced = 0;
    let published = 0;
    let takenOver = 0;
    const stale = outbox.relay({
      publisher,
      store: stoppable(new PostgresOutboxStore({ database: outbox.url }), gate),
      settings: { leaseMs: 600 },
      observer: { fenced: (events) => void (fenced += events), published: (events) => void (published += events) },
    });
    await holds(stale.owner, 64);
    gate.shut();
    await outbox.append(...KEYS.map((key) => eventOf(key, '1')));
    await until('it has sent but not acknowledged', () => publisher.arrived.length === KEYS.length);

    const other = outbox.relay({
      publisher,
      settings: { leaseMs: 600 },
      observer: { shardsTakenOver: (shards) => void (takenOver += shards) },
    });
    await until('the other one has sent and acknowledged', async () => (await outbox.pending()) === 0);
    await holds(other.owner, 64);
    expect(takenOver).toBe(64);
    await outbox.append(...KEYS.map((key) => eventOf(key, '2')));
    await until('newer ones are out', async () => (await outbox.pending()) === 0);

    gate.open();
    await until('what it had in hand does not count', () => fenced === KEYS.length);
    expect(published).toBe(0);
    await holds(stale.owner, 32);
    for (const key of KEYS) expect(publisher.of(key)).toEqual(['1', '2']);
  });

  test('a paused relay is taken over as its lease expires, whenever the others would have looked next', async () => {
    const publisher = new MemoryPublisher();
    const gate = new Gate();
    const stops = outbox.relay({
      publisher,
      store: stoppable(new PostgresOutboxStore({ database: outbox.url }), gate),
      settings: { leaseMs: 1_500 },
    });
    await holds(stops.owner, 64);
    // by itself it would look again after a minute, which nobody here waits for
    const other = outbox.relay({ publisher, settings: { leaseMs: 180_000, pollMs: 180_000 } });
    await holds(other.owner, 32);
    gate.shut();
    await holds(other.owner, 64);
    gate.open();
  });
});

describe('F07', () => {
  test('relays that come and go while events are written never reorder a key', async () => {
    const publisher = new MemoryPublisher(() => new Promise((resolve) => setTimeout(resolve, Math.random() * 10)));
    const settings = { leaseMs: 600, pageEvents: 100 };
    const written = new AbortController();
    let rounds = 0;
    const writer = (async () => {
      while (!written.signal.aborted) {
        rounds += 1;
        await outbox.append(...KEYS.map((key) => eventOf(key, String(rounds))));
      }
    })();
    const first = outbox.relay({ publisher, settings });
    await holds(first.owner, 64);
    const second = outbox.relay({ publisher, settings });
    await holds(second.owner, 32);
    await holds(first.owner, 32);
    const third = outbox.relay({ publisher, settings });
    await until('three share', async () => Object.values(await holders()).every((shards) => shards <= 22));
    await first.stop();
    await second.stop();
    await holds(third.owner, 64);
    written.abort();
    await writer;
    await until('nothing waits', async () => (await outbox.pending()) === 0);
    const expected = Array.from({ length: rounds }, (_, round) => String(round + 1));
    for (const key of KEYS) expect(publisher.of(key)).toEqual(expected);
  });

  test('a relay that is stopped hands over at once, acknowledged and without a repetition', async () => {
    const publisher = new MemoryPublisher();
    const settings = { leaseMs: 60_000 };
    const first = outbox.relay({ publisher, settings });
    await holds(first.owner, 64);
    const second = outbox.relay({ publisher, settings });
    await until('both live', async () => (await outbox.rows('SELECT 1 FROM outbox_relay')).length === 2);
    await outbox.append(...KEYS.map((key) => eventOf(key, '1')));
    await until('they are out', async () => (await outbox.pending()) === 0);
    await first.stop();
    // long before the lease would have ended
    await holds(second.owner, 64);
    await outbox.append(...KEYS.map((key) => eventOf(key, '2')));
    await until('the other one goes on', async () => (await outbox.pending()) === 0);
    expect(publisher.arrived).toHaveLength(KEYS.length * 2);
    expect(await outbox.rows('SELECT owner FROM outbox_relay')).toEqual([{ owner: second.owner }]);
  });
});

describe('F16', () => {
  test.each([
    ['notified of commits', false],
    ['behind a pooler', true],
  ])('a relay without work, %s, makes at most one statement a second', async (_name, pooled) => {
    const publisher = new MemoryPublisher();
    const relay = outbox.relay({ publisher, store: new PostgresOutboxStore({ database: outbox.url, pooled }) });
    await holds(relay.owner, 64);
    await outbox.append(eventOf('a', '1'));
    await until('it has worked', async () => (await outbox.pending()) === 0);
    const spy = jest.spyOn(pg.Client.prototype, 'query');
    const seconds = 6;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    const statements = spy.mock.calls.length;
    spy.mockRestore();
    expect(statements).toBeGreaterThan(0);
    expect(statements).toBeLessThanOrEqual(seconds);
    // and it is awake all the same
    await appendEvents(outbox.pool, [eventOf('a', '2')]);
    await until('what was not notified is found', () => publisher.of('a').length === 2);
  });
});

describe('F38', () => {
  test('connections that are killed repeatedly only delay events for a moment', async () => {
    const publisher = new MemoryPublisher();
    const relay = outbox.relay({ publisher });
    for (let round = 1; round <= 10; round += 1) {
      await outbox.append(...KEYS.map((key) => eventOf(key, String(round))));
      await outbox.rows(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname=current_database() AND application_name='outbox-relay'`);
    }
    await until('nothing waits', async () => (await outbox.pending()) === 0);
    for (const key of KEYS) {
      expect(publisher.of(key)).toEqual(Array.from({ length: 10 }, (_, round) => String(round + 1)));
    }
    await until('it is well', () => relay.problem === null);
  });
});

describe('F39', () => {
  test('a database without an outbox is waited for, and named as the problem', async () => {
    const publisher = new MemoryPublisher();
    await outbox.rows('ALTER TABLE outbox_relay RENAME TO not_there_yet');
    const relay = outbox.relay({ publisher });
    await until('it says why', () => relay.problem?.includes('outbox_relay') === true);
    await outbox.append(eventOf('a', '1'));
    await outbox.rows('ALTER TABLE not_there_yet RENAME TO outbox_relay');
    await until('the event is out', () => publisher.arrived.length === 1);
    expect(relay.problem).toBeNull();
  });
});

describe('F43', () => {
  test('a relay whose send hangs releases its shards within a lease', async () => {
    const hanging = new MemoryPublisher(() => new Promise(() => {}));
    const publisher = new MemoryPublisher();
    let hung = 0;
    const settings = { leaseMs: 1_000 };
    const first = outbox.relay({ publisher: hanging, settings, observer: { sendHung: () => void (hung += 1) } });
    await holds(first.owner, 64);
    await outbox.append(...KEYS.map((key) => eventOf(key, '1')));
    await until('it hangs', () => hanging.requests > 0);
    outbox.relay({ publisher, settings });
    await until('another brings them out', async () => (await outbox.pending()) === 0);
    for (const key of KEYS) expect(publisher.of(key)).toEqual(['1']);
    expect(hung).toBeGreaterThanOrEqual(1);
  });

  test('alone it restarts with another connection to the broker', async () => {
    let hangs = true;
    const publisher = new MemoryPublisher(() => (hangs ? new Promise<void>(() => {}) : undefined));
    outbox.relay({ publisher, settings: { leaseMs: 300 } });
    await outbox.append(...KEYS.map((key) => eventOf(key, '1')));
    await until('it has begun again', () => publisher.opened > 2);
    hangs = false;
    await until('they are out', async () => (await outbox.pending()) === 0);
    for (const key of KEYS) expect(publisher.of(key)).toEqual(['1']);
  });
});
