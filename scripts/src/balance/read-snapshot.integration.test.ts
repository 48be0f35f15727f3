import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { freshDatabase, startTcpProxy, type TcpProxy } from '@outrider/testkit';
import pg from 'pg';
import { readSnapshot } from './read-snapshot.js';

let database: Awaited<ReturnType<typeof freshDatabase>>;
let proxy: TcpProxy;
let Client: typeof pg.Client;

beforeEach(async () => {
  database = await freshDatabase('snapshot');
  proxy = await startTcpProxy(database.url);
  Client = class extends pg.Client {
    constructor(options: pg.ClientConfig = {}) {
      super({ ...options, connectionString: proxy.url });
    }
  };
});
afterEach(async () => {
  await proxy.close();
  await database.drop();
});

test('what is read when the connection breaks is read again, whole', async () => {
  let times = 0;
  const read = await readSnapshot(Client, async (query) => {
    const [first] = await query<{ one: number }>('SELECT 1 AS one');
    if (++times === 1) {
      await proxy.cut();
      await proxy.restore();
    }
    const [second] = await query<{ two: number }>('SELECT 2 AS two');
    return { ...first, ...second };
  });
  expect({ read, times }).toEqual({ read: { one: 1, two: 2 }, times: 2 });
});

test('what the database refuses is not tried again', async () => {
  let times = 0;
  const reading = readSnapshot(Client, (query) => {
    times++;
    return query('SELECT nothing FROM nowhere');
  });
  await expect(reading).rejects.toThrow('nowhere');
  expect(times).toBe(1);
});
