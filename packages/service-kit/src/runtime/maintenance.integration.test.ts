import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { freshDatabase, until } from '@outrider/testkit';
import pg from 'pg';
import { eventTables } from '../event-tables/index.js';
import { deleteOldAnswers, idempotencyMigrations } from '../idempotency/index.js';
import { createLogger } from '../logging/index.js';
import { maintenance } from './maintenance.js';

const DAY_MS = 86_400_000;

let pool: pg.Pool;
let drop: () => Promise<void>;
beforeEach(async () => {
  const database = await freshDatabase('maintenance');
  drop = () => database.drop();
  pool = new pg.Pool({ connectionString: database.url, max: 2 });
  for (const { sql } of [...eventTables, ...idempotencyMigrations]) await pool.query(sql);
});
afterEach(async () => {
  await pool.end();
  await drop();
});

/** A day so long ago, empty, as it was made once. @returns the name of its table */
async function pastDay(parent: string, days: number): Promise<string> {
  const [from, to] = [days, days - 1].map((ago) => new Date(Date.now() - ago * DAY_MS).toISOString().slice(0, 10));
  const name = `${parent}_${(from ?? '').replaceAll('-', '')}`;
  await pool.query(
    `CREATE TABLE ${name} PARTITION OF ${parent} FOR VALUES FROM (outbox_uuid_floor('${from}Z')) TO (outbox_uuid_floor('${to}Z'))`,
  );
  return name;
}

async function isThere(table: string): Promise<boolean> {
  const { rows } = await pool.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [table]);
  return rows[0]?.there === true;
}

test('F14 a service drops its inbox’s old days, and leaves those of the log to the worker, which knows how long to keep them', async () => {
  // which maintenance comes first does not matter: the log's is looked at in the same round
  const [log, ids] = [await pastDay('outbox_event', 10), await pastDay('inbox_event', 20)];
  const missing = new Date(Date.now() + 5 * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '');
  await pool.query(`DROP TABLE outbox_event_${missing}`);
  const background = maintenance(pool, createLogger('test', 'silent'));
  await until('the inbox has dropped its day', async () => !(await isThere(ids)));
  await until('the log has its day to come', () => isThere(`outbox_event_${missing}`));
  await background.close();
  expect(await isThere(log)).toBe(true);
});

test('F20 an answer is repeated for a day to the minute, and deleted after it', async () => {
  const store = (ago: string) =>
    pool.query(
      `INSERT INTO idempotency_record(principal,route,key,request_hash,status,headers,body,created_at)
       VALUES ('p','r',$1::text,'h',201,'{}','{}',now()-$1::text::interval)`,
      [ago],
    );
  for (const ago of ['00:00', '23:59', '24:01', '48:00']) await store(ago);
  expect(await deleteOldAnswers(pool)).toBe(2);
  const { rows } = await pool.query<{ key: string }>('SELECT key FROM idempotency_record ORDER BY 1');
  expect(rows.map(({ key }) => key)).toEqual(['00:00', '23:59']);
});
