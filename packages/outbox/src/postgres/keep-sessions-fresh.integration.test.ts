import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { freshDatabase, until } from '@outrider/testkit';
import pg from 'pg';
import { keepSessionsFresh } from './keep-sessions-fresh.js';

const LONG_MS = 600_000;

let database: Awaited<ReturnType<typeof freshDatabase>>;
let admin: pg.Client;
let pool: pg.Pool;

beforeEach(async () => {
  database = await freshDatabase('sessions');
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
});
afterEach(async () => {
  await pool.end();
  await admin.end();
  await database.drop();
});

function poolOf(options: pg.PoolConfig & { maxAgeMs: number }): pg.Pool {
  pool = new pg.Pool({ connectionString: database.url, max: 5, idleTimeoutMillis: LONG_MS, ...options });
  pool.on('error', () => {});
  keepSessionsFresh(pool, options);
  return pool;
}

async function pidOf(client: Pick<pg.Pool, 'query'>): Promise<number> {
  return (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]!.pid;
}

/** Opens so many sessions. @returns their process ids, when all are given back */
async function fill(sessions: number): Promise<Set<number>> {
  const clients = await Promise.all(Array.from({ length: sessions }, () => pool.connect()));
  const pids = new Set<number>();
  for (const client of clients) pids.add(await pidOf(client));
  for (const client of clients) client.release();
  expect(pids.size).toBe(sessions);
  return pids;
}

async function alive(pids: ReadonlySet<number>): Promise<number> {
  const { rowCount } = await admin.query('SELECT 1 FROM pg_stat_activity WHERE pid=ANY($1)', [[...pids]]);
  return rowCount ?? 0;
}

/** One statement on one session, which is given back without a word of how it went. */
async function quietly(text: string): Promise<unknown> {
  const client = await pool.connect();
  try {
    return await client.query(text).catch((error: unknown) => error);
  } finally {
    client.release();
  }
}

const raise = (code: string): string => `DO $$ BEGIN RAISE 'x' USING ERRCODE='${code}'; END $$`;

describe('F38 a session that is no longer usable is not given to the next', () => {
  test.each(['08006', '28P01', '42501', '58030', 'XX000'])('%s ends it, and no other', async (code) => {
    poolOf({ maxAgeMs: LONG_MS });
    const before = await fill(3);
    expect(await quietly(raise(code))).toMatchObject({ code });
    await until('one is closed', async () => (await alive(before)) === 2);
  });

  test.each(['25006', '0A000', '26000', '42P05'])('%s ends all that were open by then', async (code) => {
    poolOf({ maxAgeMs: LONG_MS });
    const before = await fill(4);
    const busy = await pool.connect();
    await busy.query('BEGIN');
    const inUse = await pidOf(busy);
    expect(await quietly(raise(code))).toMatchObject({ code });
    await until('the idle ones are closed', async () => (await alive(before)) === 1);
    // one in use is left to its transaction
    expect(await pidOf(busy)).toBe(inUse);
    await busy.query('COMMIT');
    busy.release();
    await until('it is closed as it comes back', async () => (await alive(before)) === 0);
    const after = await pidOf(pool);
    expect(before.has(after)).toBe(false);
    expect(await pidOf(pool)).toBe(after);
  });

  test.each(['23505', '40001', '22P02', '57014'])('%s is the statement’s own affair', async (code) => {
    poolOf({ maxAgeMs: LONG_MS });
    const before = await fill(2);
    expect(await quietly(raise(code))).toMatchObject({ code });
    await pidOf(pool);
    expect(await alive(before)).toBe(2);
  });

  test('a session opened while it was only to read, by the database’s word', async () => {
    const name = pg.escapeIdentifier(new URL(database.url).pathname.slice(1));
    await admin.query('CREATE TABLE t ()');
    await admin.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    poolOf({ maxAgeMs: LONG_MS });
    await fill(3);
    await admin.query(`ALTER DATABASE ${name} SET default_transaction_read_only = off`);
    expect(await quietly('INSERT INTO t DEFAULT VALUES')).toMatchObject({ code: '25006' });
    expect(await quietly('INSERT INTO t DEFAULT VALUES')).toMatchObject({ rowCount: 1 });
  });
});

describe('a session has a longest life', () => {
  test('idle or not it ends, but never in the middle of a transaction', async () => {
    poolOf({ maxAgeMs: 300, min: 2 });
    const before = await fill(3);
    const busy = await pool.connect();
    await busy.query('BEGIN');
    const inUse = await pidOf(busy);
    await until('the idle ones are closed', async () => (await alive(before)) === 1);
    expect(await pidOf(busy)).toBe(inUse);
    await busy.query('COMMIT');
    busy.release();
    await until('it is closed as it comes back', async () => (await alive(before)) === 0);
  });

  test('up to a fifth shorter, and not the same for all', () => {
    const { options } = poolOf({ maxAgeMs: 1_000_000 });
    const lives = Array.from({ length: 50 }, () => options.maxLifetimeSeconds ?? 0);
    expect(Math.min(...lives)).toBeGreaterThanOrEqual(800);
    expect(Math.max(...lives)).toBeLessThanOrEqual(1_000);
    expect(new Set(lives).size).toBeGreaterThan(40);
  });
});
