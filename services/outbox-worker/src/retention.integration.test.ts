import { expect, test } from '@jest/globals';
import { outboxMigrations } from '@outrider/outbox';
import { createLogger } from '@outrider/service-kit/logging';
import { freshDatabase, until } from '@outrider/testkit';
import pg from 'pg';
import { retention } from './retention.js';

test.each([2, 14])('F14 the worker keeps the log for RETENTION_DAYS=%d, and no longer', async (keepDays) => {
  const database = await freshDatabase('retention');
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  for (const { sql } of outboxMigrations) await pool.query(sql);
  const day = (ago: number): Date => new Date(Math.floor(Date.now() / 86_400_000 - ago) * 86_400_000);
  const name = (ago: number): string => `outbox_event_${day(ago).toISOString().slice(0, 10).replaceAll('-', '')}`;
  for (const ago of [keepDays, keepDays + 1]) {
    await pool.query(
      `CREATE TABLE ${name(ago)} PARTITION OF outbox_event FOR VALUES
       FROM (outbox_uuid_floor('${day(ago).toISOString()}')) TO (outbox_uuid_floor('${day(ago - 1).toISOString()}'))`,
    );
  }
  const isThere = async (table: string): Promise<boolean> =>
    (await pool.query<{ t: string | null }>('SELECT to_regclass($1)::text AS t', [table])).rows[0]?.t !== null;
  const keeping = retention('x', pool, keepDays, createLogger('test', 'silent'));
  try {
    await until('the older day is dropped', async () => !(await isThere(name(keepDays + 1))));
  } finally {
    await keeping.close();
  }
  expect(await isThere(name(keepDays))).toBe(true);
  await pool.end();
  await database.drop();
});
