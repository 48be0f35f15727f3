import { expect, test } from '@jest/globals';
import { freshDatabase } from '@outrider/testkit';
import pg from 'pg';
import { onPool } from './on-pool.js';

test('a connection that breaks in a transaction rejects it, ends nothing else, and is replaced', async () => {
  const database = await freshDatabase('on_pool');
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  pool.on('error', () => {});
  const { transaction } = onPool(pool);
  const other = new pg.Client({ connectionString: database.url });
  await other.connect();
  // while a statement runs, and between two statements, where nothing but the event shows it
  await expect(
    transaction((client) => client.query('SELECT pg_terminate_backend(pg_backend_pid())')),
  ).rejects.toThrow();
  const between = transaction(async (client) => {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    // returns when the backend has ended
    await other.query('SELECT pg_terminate_backend($1, 10000)', [rows[0]?.pid]);
    await client.query('SELECT 1');
  });
  await expect(between).rejects.toThrow();
  expect((await transaction((client) => client.query('SELECT 1 AS n'))).rows).toEqual([{ n: 1 }]);
  await other.end();
  await pool.end();
  await database.drop();
});
