import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freshDatabase } from '@outrider/testkit';
import { createOrm, Transactor, type MikroORM } from './index.js';

let orm: MikroORM;
let transactor: Transactor;
let drop: () => Promise<void>;

beforeAll(async () => {
  const database = await freshDatabase('transactor');
  drop = () => database.drop();
  orm = await createOrm({
    databaseUrl: database.url,
    applicationName: 'test',
    entities: [],
    migrations: [],
    poolSize: 2,
    log: () => {},
  });
  transactor = new Transactor({
    orm,
    source: { source: 'test', version: '0' },
    append: async () => {},
    committed: () => {},
  });
  await transactor.run((tx) => tx.sql.query('CREATE TABLE note (text text)'));
});
afterAll(async () => {
  await orm.close();
  await drop();
});

test('F38 a connection that dies in a transaction is not lost to the pool', async () => {
  for (let death = 0; death < 5; death += 1) {
    const dying = transactor.run(async (tx) => {
      await tx.sql.query('INSERT INTO note VALUES ($1)', [String(death)]);
      await tx.sql.query('SELECT pg_terminate_backend(pg_backend_pid())');
    });
    // what killed it is told, not that the rollback failed as well
    await expect(dying).rejects.toMatchObject({ code: '57P01' });
  }
  const { rows } = await transactor.run((tx) => tx.sql.query<{ n: number }>('SELECT count(*)::int AS n FROM note'));
  expect(rows).toEqual([{ n: 0 }]);
});
