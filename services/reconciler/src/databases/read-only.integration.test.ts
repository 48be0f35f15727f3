import { expect, test } from '@jest/globals';
import { postgresAt } from '@outrider/connections';
import { freshDatabase, withClient } from '@outrider/testkit';
import { ReadOnlyDatabase } from './read-only.js';

test('a connection that breaks between two statements rejects the snapshot, ends nothing else, and is replaced', async () => {
  const database = await freshDatabase('read_only');
  const books = new ReadOnlyDatabase('order', postgresAt(database.url), 60_000);
  const broken = books.snapshot(async (query) => {
    const [{ pid } = { pid: 0 }] = await query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    // returns when the backend has ended
    await withClient(database.url, (client) => client.query('SELECT pg_terminate_backend($1, 10000)', [pid]));
    return query('SELECT 1');
  });
  await expect(broken).rejects.toThrow();
  expect((await books.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }]);
  await books.close();
  await database.drop();
});
