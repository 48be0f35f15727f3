import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { dropDatabase, sharedInfra, until } from '@outrider/testkit';
import pg from 'pg';
import { PostgresOutboxStore } from './postgres/postgres-outbox-store.js';
import { resumeCopiedOutbox } from './statements/resume-copy.js';
import { MemoryPublisher, refusing } from './testing/memory-publisher.js';
import { attachOutbox, eventOf, openOutbox, type OutboxUnderTest } from './testing/outbox-under-test.js';
import { wrapStore } from './testing/wrap-store.js';
import { readLag } from './statements/read-lag.js';
import { retryKey } from './operations/retry-key.js';
import { outboxDatabase } from './postgres/pool-database.js';

let original: OutboxUnderTest;
let other: OutboxUnderTest | undefined;
beforeEach(async () => {
  original = await openOutbox();
});
afterEach(async () => {
  await other?.close();
  other = undefined;
  await original.close();
});

const KEYS = Array.from({ length: 30 }, (_, index) => `key-${index}`);
const LEASE_MS = 1_500;
const PATIENCE_MS = 120_000;

const round = (text: string) => KEYS.map((key) => eventOf(key, text));

/** Relays that are killed rather than stopped: what they held stays theirs. */
function killable(outbox: OutboxUnderTest, publisher: MemoryPublisher): void {
  const nothing = { release: () => Promise.resolve(), leave: () => Promise.resolve() };
  outbox.relay({
    publisher,
    store: wrapStore(new PostgresOutboxStore({ database: outbox.url }), { session: () => nothing }),
    settings: { leaseMs: LEASE_MS, keyMaxAttempts: 1, safeFloor: true },
  });
}

const drained = (outbox: OutboxUnderTest): Promise<void> =>
  until('nothing waits', async () => (await outbox.pending()) === 0);

/** Has sent some, has parked a key, and was killed with some still to send. */
async function halfWay(publisher: MemoryPublisher): Promise<void> {
  killable(original, publisher);
  for (const text of ['1', '2']) await original.append(...round(text));
  await original.append(eventOf('sick', 'bad'), eventOf('sick', 'behind'));
  await until('the sick key is parked', async () => (await readLag(original.pool)).deadEvents === 2);
  await drained(original);
  // no transaction of the whole server, which other suites share, may be as old as what they were found by
  await until(
    'floors are stored',
    async () => {
      await original.append(...round('3'));
      await drained(original);
      return (await original.rows('SELECT 1 FROM outbox_lease WHERE floor>0')).length > 10;
    },
    PATIENCE_MS,
  );
  await original.disconnect();
  original = attachOutbox({ url: original.url, drop: () => drop(original.url) });
  await original.append(...round('4'));
}

async function drop(url: string): Promise<void> {
  await dropDatabase((await sharedInfra()).postgresUrl, nameOf(url));
}

const nameOf = (url: string): string => new URL(url).pathname.slice(1);

/** A copy of the database's files, as a backup is: same ids of transactions, same sequences, leases of the dead. */
async function backup(): Promise<OutboxUnderTest> {
  await original.disconnect();
  const name = `${nameOf(original.url)}_backup`;
  const admin = new pg.Client({ connectionString: (await sharedInfra()).postgresUrl });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name} TEMPLATE ${nameOf(original.url)}`);
  await admin.end();
  const url = new URL(original.url);
  url.pathname = `/${name}`;
  original = attachOutbox({ url: original.url, drop: () => drop(original.url) });
  return attachOutbox({ url: url.href, drop: () => drop(url.href) });
}

/** Row by row into an outbox of its own: other transactions, and a sequence that begins at 1. */
async function copy(): Promise<OutboxUnderTest> {
  const made = await openOutbox();
  for (const table of ['outbox_event', 'outbox_pending', 'outbox_lease', 'outbox_key_state', 'outbox_parked']) {
    const [{ rows }] = (await original.rows<{ rows: unknown }>(
      `SELECT coalesce(json_agg(t),'[]') AS rows FROM ${table} t`,
    )) as [{ rows: unknown }];
    await made.rows(`DELETE FROM ${table}`);
    await made.rows(
      `INSERT INTO ${table} OVERRIDING SYSTEM VALUE SELECT * FROM json_populate_recordset(null::${table},$1)`,
      [JSON.stringify(rows)],
    );
  }
  return made;
}

const idsOf = (publisher: MemoryPublisher, text: string): string[] =>
  publisher.arrived.flatMap((event) => (event.payload === text ? [event.eventId] : [])).sort();

test(
  'F15 from a restored backup all that was pending then is sent, with the same ids, before what is new',
  async () => {
    const poison = new Set(['bad']);
    const publisher = new MemoryPublisher(refusing(poison));
    await halfWay(publisher);
    other = await backup();
    // the original goes on, and is lost
    killable(original, publisher);
    await original.append(...round('lost'));
    await drained(original);
    await original.disconnect();
    const once = idsOf(publisher, '4');
    const before = publisher.arrived.length;

    killable(other, publisher);
    await other.append(...round('5'));
    await drained(other);
    const after = publisher.arrived.slice(before);
    expect([...new Set(after.map(({ payload }) => payload))].sort()).toEqual(['4', '5']);
    expect(idsOf(publisher, '4')).toEqual([...once, ...once].sort());
    for (const key of KEYS) {
      expect(after.flatMap((event) => (event.key === key ? [event.payload] : []))).toEqual(['4', '5']);
    }
    poison.clear();
    await retryKey(outboxDatabase(other.pool), 'sick');
    await drained(other);
    expect(publisher.of('sick')).toEqual(['bad', 'behind']);
  },
  2 * PATIENCE_MS,
);

test(
  'F15 a logical copy, whose sequence is behind, continues in order once it is resumed',
  async () => {
    const poison = new Set(['bad']);
    const publisher = new MemoryPublisher(refusing(poison));
    await halfWay(publisher);
    other = await copy();
    await resumeCopiedOutbox(other.pool);
    const before = publisher.arrived.length;
    await other.append(...round('5'));
    killable(other, publisher);
    await drained(other);
    const after = publisher.arrived.slice(before);
    for (const key of KEYS) {
      expect(after.flatMap((event) => (event.key === key ? [event.payload] : []))).toEqual(['4', '5']);
    }
    poison.clear();
    await retryKey(outboxDatabase(other.pool), 'sick');
    await other.append(eventOf('sick', 'new'));
    await drained(other);
    expect(publisher.of('sick')).toEqual(['bad', 'behind', 'new']);
    // again does no harm
    await resumeCopiedOutbox(other.pool);
    await other.append(...round('6'));
    await drained(other);
    for (const key of KEYS) expect(publisher.of(key).slice(-3)).toEqual(['4', '5', '6']);
  },
  2 * PATIENCE_MS,
);
