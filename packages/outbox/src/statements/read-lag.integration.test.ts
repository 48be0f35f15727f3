import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openOutbox, type OutboxUnderTest } from '../testing/outbox-under-test.js';
import { READ_LAG, readLag } from './read-lag.js';

const DEAD = 50_000;
/** Beside the walk: leases, keys parked, the ways down the index. */
const ELSE = 500;

let outbox: OutboxUnderTest;
beforeEach(async () => {
  outbox = await openOutbox();
});
afterEach(() => outbox.close());

interface Plan {
  readonly 'Relation Name'?: string;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly Plan[];
}

async function planOf(sql: string): Promise<Plan> {
  const [row] = await outbox.rows<{ 'QUERY PLAN': [{ Plan: Plan }] }>(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${sql}`);
  return row!['QUERY PLAN'][0].Plan;
}

const nodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)];
const buffersOf = (plan: Plan): number => plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];

test('F10 the lag reads nothing of the log, and with a session that pins xmin it walks over what was sent once', async () => {
  const pin = await outbox.pool.connect();
  try {
    await pin.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await pin.query('SELECT count(*) FROM outbox_lease');
    await outbox.rows(
      `INSERT INTO outbox_pending(shard,id,event_id) SELECT n%64,n,uuidv7() FROM generate_series(1,$1::int) n`,
      [DEAD],
    );
    expect(await readLag(outbox.pool)).toMatchObject({ pending: DEAD });
    await outbox.rows('DELETE FROM outbox_pending');
    const walk = await planOf(`SELECT a.id FROM outbox_lease l CROSS JOIN LATERAL
      (SELECT p.id FROM outbox_pending p WHERE p.shard=l.shard AND p.id>=l.floor ORDER BY p.id LIMIT 1) a`);
    const plan = await planOf(READ_LAG);
    expect(nodes(plan).flatMap((node) => node['Relation Name'] ?? [])).not.toContain('outbox_event');
    expect(buffersOf(walk)).toBeGreaterThan(2 * ELSE);
    expect(buffersOf(plan)).toBeLessThan(buffersOf(walk) + ELSE);
    expect(await readLag(outbox.pool)).toMatchObject({ oldestPending: null, pending: 0 });
  } finally {
    await pin.query('COMMIT');
    pin.release();
  }
});
