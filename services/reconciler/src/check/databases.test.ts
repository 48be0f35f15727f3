import { expect, test } from '@jest/globals';
import { postgresAt } from '@outrider/connections';
import { BOOK_KEEPERS, closeDatabases, openDatabases } from './databases.js';

test('each of the four databases is closed', async () => {
  const server = postgresAt('postgres://nobody@127.0.0.1:1/none');
  const databases = openDatabases({ order: server, inventory: server, payment: server, product: server }, 60_000);
  await closeDatabases(databases);
  expect(BOOK_KEEPERS).toHaveLength(4);
  for (const keeper of BOOK_KEEPERS) {
    await expect(databases[keeper].snapshot((query) => query('SELECT 1'))).rejects.toThrow('after calling end');
  }
});
