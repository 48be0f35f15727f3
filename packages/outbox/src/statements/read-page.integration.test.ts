import { afterEach, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { until } from '@outrider/testkit';
import { shardOf } from '../shard-of.js';
import { MemoryPublisher } from '../testing/memory-publisher.js';
import { eventOf, openOutbox, type OutboxUnderTest } from '../testing/outbox-under-test.js';
import { READ_PAGE } from './read-page.js';

const HISTORY = 1_000_000;
const PAGE = 100;
/** The events, and what is said of all of them. */
const ROWS = PAGE + 1;
const SENT = 30_000;
const PATIENCE_MS = 120_000;
const SHARDS = Array.from({ length: 64 }, (_, shard) => shard);
/** a key of each shard */
const KEY_OF = SHARDS.map((shard) => {
  let key = 0;
  while (shardOf(`of-${key}`) !== shard) key += 1;
  return `of-${key}`;
});
/** Shared buffers touched for one event of a page: its pointer, its event, what leads there. */
const PER_EVENT = 12;
/** For one shard of a page: its lease and the way down the index of pointers. */
const PER_SHARD = 12;

let outbox: OutboxUnderTest;
let relay: pg.Client;
beforeEach(async () => {
  outbox = await openOutbox();
  relay = await outbox.lane();
});
afterEach(async () => {
  await relay.end();
  await outbox.close();
});

/** Events of today that were sent long ago, and their pointers, which come and go. */
async function history(events: number): Promise<void> {
  await outbox.rows(`SET synchronous_commit=off`);
  await outbox.rows(
    `INSERT INTO outbox_event(event_id,shard,msg_key,topic,event_type,payload)
     SELECT uuidv7(),n%64,'key-'||n%5000,'facts','ADDED','history' FROM generate_series(1,$1::int) n`,
    [events],
  );
}

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly 'Actual Rows': number;
  readonly Plans?: readonly Plan[];
}

/** One page over all shards, as a lane's prepared statement reads it. */
async function readPlan(floor = 0): Promise<Plan> {
  await relay.query(`PREPARE page AS ${READ_PAGE}`);
  try {
    const { rows } = await relay.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
      `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE page('{${SHARDS.join(',')}}',100,'{${SHARDS.map(() => floor).join(',')}}','{${SHARDS.map(() => 0).join(',')}}',8000000)`,
    );
    return rows[0]!['QUERY PLAN'][0].Plan;
  } finally {
    await relay.query('DEALLOCATE page');
  }
}

function nodes(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodes)];
}

const buffersOf = (plan: Plan): number => plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];

test('F10 a page costs what its events cost, whatever the history', async () => {
  await history(HISTORY);
  await outbox.append(...Array.from({ length: PAGE }, (_, index) => eventOf(`key-${index}`, 'new')));
  await outbox.rows('ANALYZE outbox_event');
  await readPlan();
  const plan = await readPlan();
  expect(plan['Actual Rows']).toBe(ROWS);
  expect(nodes(plan).filter((node) => node['Node Type'] === 'Seq Scan')).toEqual([]);
  expect(buffersOf(plan)).toBeLessThan(PAGE * PER_EVENT + 64 * PER_SHARD);
});

test(
  'F10 with a session that pins xmin, a page is read from the floor and not over what has been sent',
  async () => {
    const pin = await outbox.pool.connect();
    try {
      await pin.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await pin.query('SELECT count(*) FROM outbox_lease');
      const publisher = new MemoryPublisher();
      let below = 0;
      const relay = outbox.relay({
        publisher,
        settings: { safeFloor: true, leaseMs: 600, sweepMs: 1 },
        observer: { belowFloor: (events) => void (below += events) },
      });
      await outbox.append(...Array.from({ length: SENT }, (_, index) => eventOf(`key-${index % 5_000}`, 'sent')));
      await until('nothing waits', async () => (await outbox.pending()) === 0);
      // The last page's candidates are used by the next one, once no transaction of the whole server is as old: other
      // suites share it.
      await until(
        'every shard has its floor',
        async () => {
          await outbox.append(...SHARDS.map((shard) => eventOf(KEY_OF[shard]!, 'sent')));
          await until('nothing waits', async () => (await outbox.pending()) === 0);
          return (await floors()).every((floor) => floor > SENT);
        },
        PATIENCE_MS,
      );
      await until('nothing waits', async () => (await outbox.pending()) === 0);
      await relay.stop();
      expect(below).toBe(0);
      await outbox.append(...Array.from({ length: PAGE }, (_, index) => eventOf(`key-${index}`, 'new')));
      const floor = Math.min(...(await floors()));
      await readPlan(floor);
      const plan = await readPlan(floor);
      expect(plan['Actual Rows']).toBe(ROWS);
      const from0 = await readPlan(0);
      expect(from0['Actual Rows']).toBe(ROWS);
      // a few of what was sent last lie between the lowest floor and the new ones
      expect(buffersOf(plan)).toBeLessThan(buffersOf(from0) / 5);
    } finally {
      await pin.query('COMMIT');
      pin.release();
    }
  },
  2 * PATIENCE_MS,
);

async function floors(): Promise<number[]> {
  const rows = await outbox.rows<{ floor: number }>('SELECT floor::int AS floor FROM outbox_lease ORDER BY shard');
  return rows.map(({ floor }) => floor);
}
