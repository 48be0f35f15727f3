import { afterEach, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { openOutbox, type OutboxUnderTest } from '../testing/outbox-under-test.js';
import { ACKNOWLEDGE } from './acknowledge.js';
import { PARK_FOLLOWERS } from './park-followers.js';
import { PARK_KEY } from './park-key.js';

const POINTERS = 20_000;
const BATCH = 500;

let outbox: OutboxUnderTest;
let relay: pg.Client;
beforeEach(async () => {
  outbox = await openOutbox();
  relay = await outbox.lane();
  await outbox.rows(`UPDATE outbox_lease SET owner='me',epoch=1,lease_until='infinity' WHERE shard=1`);
  await outbox.rows(`INSERT INTO outbox_pending SELECT 1,n,uuidv7() FROM generate_series(1,$1::int) n`, [POINTERS]);
  // What a vacuum leaves that could not cut the file after a backlog was drained: pages, and nothing in them.
  await outbox.rows(
    `SELECT pg_restore_relation_stats('schemaname','public','relname','outbox_pending','relpages',100,'reltuples',0::real)`,
  );
});
afterEach(async () => {
  await relay.end();
  await outbox.close();
});

interface Plan {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly Plans?: readonly Plan[];
}

/** How many pointers a statement looks at, with the planner's settings of a lane. */
async function pointersLookedAt(statement: string, values: string): Promise<number> {
  await relay.query(`PREPARE looked_at AS ${statement}`);
  const { rows } = await relay.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
    `EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE looked_at(${values})`,
  );
  const nodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)];
  const scans = nodes(rows[0]!['QUERY PLAN'][0].Plan).filter((node) => node['Relation Name'] === 'outbox_pending');
  expect(scans.length).toBeGreaterThan(0);
  return Math.max(...scans.map((node) => node['Actual Rows'] * node['Actual Loops']));
}

const ids = Array.from({ length: BATCH }, (_, index) => index + 1);
const all = (value: string): string => `'{${ids.map(() => value).join(',')}}'`;

test('F10 an acknowledgement looks at its own pointers only, whatever the statistics say', async () => {
  const looked = await pointersLookedAt(ACKNOWLEDGE, `'{1}','{1}','me','{1}','{"{${ids.join(',')}}"}'`);
  expect(looked).toBe(BATCH);
  const [left] = await outbox.rows<{ n: number }>('SELECT count(*)::int AS n FROM outbox_pending');
  expect(left?.n).toBe(POINTERS - BATCH);
});

test('F10 parking a key looks at its own pointers only, whatever the statistics say', async () => {
  const looked = await pointersLookedAt(
    PARK_KEY,
    `'{1}','{1}','me',1::smallint,'key','why',1000,3,'{${ids.join(',')}}'::bigint[]`,
  );
  expect(looked).toBe(BATCH);
  expect(await outbox.rows('SELECT 1 FROM outbox_parked')).toHaveLength(BATCH);
});

test('F10 following a parked key looks at its own pointers only, whatever the statistics say', async () => {
  await outbox.rows(`INSERT INTO outbox_key_state(shard,msg_key) VALUES (1,'key')`);
  const looked = await pointersLookedAt(
    PARK_FOLLOWERS,
    `'{1}','{1}','me',${all('1')},${all('key')},'{${ids.join(',')}}'`,
  );
  expect(looked).toBe(BATCH);
  expect(await outbox.rows('SELECT 1 FROM outbox_parked')).toHaveLength(BATCH);
});
