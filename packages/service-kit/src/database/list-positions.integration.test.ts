import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { freshDatabase } from '@outrider/testkit';
import pg from 'pg';
import { listHorizon, listPositions, listPositionFunctions, stableTime } from './list-positions.js';

let pool: pg.Pool;
let drop: () => Promise<void>;
const writers: pg.PoolClient[] = [];

beforeAll(async () => {
  const database = await freshDatabase('lists');
  drop = () => database.drop();
  pool = new pg.Pool({ connectionString: database.url, max: 20 });
  await pool.query(`CREATE TABLE item (id int PRIMARY KEY); CREATE TABLE other (id int PRIMARY KEY);
    INSERT INTO item VALUES (-2), (-1); ${listPositionFunctions} ${listPositions('item')} ${listPositions('other')}`);
});
afterAll(async () => {
  await pool.end();
  await drop();
});
beforeEach(() => pool.query('DELETE FROM item WHERE id > 0; DELETE FROM other'));
afterEach(async () => {
  for (const writer of writers.splice(0)) {
    await writer.query('ROLLBACK');
    writer.release();
  }
});

/** A transaction that stays open. */
async function writer(): Promise<pg.PoolClient> {
  const client = await pool.connect();
  await client.query('BEGIN');
  writers.push(client);
  return client;
}

const add = (client: pg.Pool | pg.PoolClient, id: number, table = 'item') =>
  client.query(`INSERT INTO ${table}(id) VALUES ($1)`, [id]);

/** What a reader sees who has come to a position, without patience for writers. */
async function after(place: readonly [position: string, id: number], waitMs = 0) {
  const horizon = await listHorizon(pool, 'item', waitMs);
  const { rows } = await pool.query<{ position: string; id: number }>(
    'SELECT position, id FROM item WHERE (position, id) > ($1, $2) AND position < $3 ORDER BY position, id',
    [...place, horizon],
  );
  return rows;
}
const START = ['0', 0] as const;
const ids = (rows: readonly { id: number }[]): number[] => rows.map(({ id }) => id);

test('rows of a slow transaction are not passed: later rows are listed after them', async () => {
  await add(pool, 1);
  const slow = await writer();
  await add(slow, 2);
  await add(pool, 3);
  const seen = await after(START);
  expect(ids(seen)).toEqual([1]);
  await slow.query('COMMIT');
  expect(ids(await after([seen[0]!.position, 1]))).toEqual([2, 3]);
});

test('a transaction that is rolled back is not waited for, nor a gap it leaves', async () => {
  const slow = await writer();
  await add(slow, 1);
  await add(pool, 2);
  expect(ids(await after(START))).toEqual([]);
  await slow.query('ROLLBACK');
  expect(ids(await after(START))).toEqual([2]);
});

test('a second row of a transaction is waited for like its first, also when its first was taken back', async () => {
  const slow = await writer();
  await slow.query('SAVEPOINT s');
  await add(slow, 1);
  await slow.query('ROLLBACK TO s');
  await add(pool, 2);
  const seen = await after(START);
  expect(ids(seen)).toEqual([2]);
  await add(slow, 3);
  await add(pool, 4);
  await add(slow, 5);
  expect(ids(await after([seen[0]!.position, 2]))).toEqual([]);
  await slow.query('COMMIT');
  expect(ids(await after([seen[0]!.position, 2]))).toEqual([3, 4, 5]);
});

test('a long transaction that writes to another list, or reads this one, delays no reader', async () => {
  const elsewhere = await writer();
  await add(elsewhere, 1, 'other');
  await elsewhere.query('SELECT pg_current_xact_id(), (SELECT count(*) FROM item)');
  await add(pool, 1);
  expect(ids(await after(START))).toEqual([1]);
});

test('a transaction takes one lock, whatever its size', async () => {
  const load = await writer();
  await load.query('INSERT INTO item(id) SELECT generate_series(1, 20000)');
  const { rows } = await pool.query("SELECT FROM pg_locks WHERE locktype='advisory' AND pid=$1", [
    (await load.query('SELECT pg_backend_pid() AS pid')).rows[0].pid,
  ]);
  expect(rows).toHaveLength(1);
});

test('a reader waits a moment for an earlier writer, and for no later one', async () => {
  const soon = await writer();
  await add(soon, 1);
  await add(pool, 2);
  const reading = after(START, 60_000);
  await soon.query('SELECT pg_sleep(0.05)');
  const later = await writer();
  await add(later, 3);
  await soon.query('COMMIT');
  expect(ids(await reading)).toEqual([1, 2]);
});

test('rows that were there before positions were are listed first, by id', async () => {
  await add(pool, 1);
  expect(ids(await after(['-1', 0]))).toEqual([-2, -1, 1]);
});

test.each(['4294967290', '2147483640', '8589934590'])(
  'numbers about %s, of which a lock holds the lower half',
  async (about) => {
    const { rows } = await pool.query<{ at: string }>('SELECT last_value AS at FROM item_list');
    try {
      await pool.query("SELECT setval('item_list', $1)", [about]);
      for (let id = 1; id <= 10; id += 3) {
        const slow = await writer();
        await add(slow, id);
        await add(pool, id + 1);
        const horizon = await listHorizon(pool, 'item', 0);
        const [first] = (await slow.query<{ position: string }>('SELECT position FROM item WHERE id=$1', [id])).rows;
        expect(Number(first!.position) - horizon).toBe(1);
        await slow.query('COMMIT');
        expect(ids(await after(START)).at(-1)).toBe(id + 1);
      }
    } finally {
      await pool.query("SELECT setval('item_list', $1)", [rows[0]!.at]);
    }
  },
);

test('many writers at once, a reader who follows: each row once, none left out', async () => {
  const WRITERS = 16;
  const EACH = 25;
  let writing = true;
  const work = Promise.all(
    Array.from({ length: WRITERS }, async (_, nth) => {
      for (let turn = 0; turn < EACH; turn += 1) {
        const client = await pool.connect();
        try {
          await client.query('BEGIN');
          await add(client, nth * EACH + turn + 1);
          await client.query('SELECT pg_sleep(random() * 0.01)');
          await client.query('COMMIT');
        } finally {
          client.release();
        }
      }
    }),
  ).finally(() => {
    writing = false;
  });
  const seen: number[] = [];
  let place: readonly [string, number] = START;
  for (let last = false; !last;) {
    last = !writing;
    const rows = await after(place);
    seen.push(...ids(rows));
    const end = rows.at(-1);
    if (end !== undefined) place = [end.position, end.id];
  }
  await work;
  expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: WRITERS * EACH }, (_, index) => index + 1));
});

test('all rows that are stamped before the stable time can be seen', async () => {
  const before = await stableTime(pool);
  const slow = await writer();
  const [{ now }] = (await slow.query<{ now: Date }>('SELECT now()')).rows as [{ now: Date }];
  expect(before.getTime()).toBeLessThanOrEqual(now.getTime());
  await pool.query('SELECT pg_sleep(0.01)');
  // begun, and nothing written yet
  expect((await stableTime(pool)).getTime()).toBeLessThanOrEqual(now.getTime());
  await slow.query('COMMIT');
  expect((await stableTime(pool)).getTime()).toBeGreaterThan(now.getTime());
});
