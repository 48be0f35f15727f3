import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { isTransient } from '@outrider/inbox';
import { appendEvents, outboxMigrations } from '@outrider/outbox';
import { freshDatabase, startTcpProxy } from '@outrider/testkit';
import pg from 'pg';
import { postgresAt } from '@outrider/connections';
import {
  createOrm,
  migrate,
  poolOf,
  sqlMigrations,
  sqlOnPool,
  Transactor,
  type MikroORM,
  type SqlClient,
  type TransactorOptions,
} from './index.js';

let orm: MikroORM;
let transactor: Transactor;
let drop: () => Promise<void>;
let databaseUrl: string;

async function ormOf(url: string): Promise<Omit<TransactorOptions, 'append'>> {
  return {
    orm: await createOrm({
      database: postgresAt(url),
      applicationName: 'test',
      entities: [],
      migrations: [],
      poolSize: 2,
      queryTimeoutMs: 1_000,
      idleInTransactionMs: 500,
      log: () => {},
    }),
    source: { source: 'test', version: '0' },
    committed: () => {},
  };
}

beforeAll(async () => {
  const database = await freshDatabase('transactor');
  drop = () => database.drop();
  databaseUrl = database.url;
  const options = await ormOf(database.url);
  ({ orm } = options);
  transactor = new Transactor({ ...options, append: async () => {} });
  await transactor.run((tx) => tx.sql.query('CREATE TABLE note (text text)'));
});
afterAll(async () => {
  await orm.close();
  await drop();
});

test.each(['at its event', 'behind its event'])(
  'F05 the connection dies %s: neither what was done nor the event stays, and both come with the next try',
  async (moment) => {
    const database = await freshDatabase('events');
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    for (const { sql } of outboxMigrations) await client.query(sql);
    await client.query('CREATE TABLE note (text text)');
    const options = await ormOf(database.url);
    let dies = true;
    const noting = new Transactor({
      ...options,
      append: async (sql, events) => {
        const die = (): Promise<unknown> => sql.query('SELECT pg_terminate_backend(pg_backend_pid())');
        if (dies && moment === 'at its event') await die();
        await appendEvents(sql, events);
        if (dies) await die();
      },
    });
    const stands = async (): Promise<unknown> =>
      (
        await client.query(
          'SELECT (SELECT count(*)::int FROM note) AS notes, (SELECT count(*)::int FROM outbox_event) AS events',
        )
      ).rows;
    try {
      const note = (): Promise<void> =>
        noting.run(async (tx) => {
          await tx.sql.query('INSERT INTO note VALUES ($1)', ['done']);
          const fact = { delta: 1, onHand: 1, reserved: 0, available: 1, version: 1 };
          tx.emit('product-event', newId(), { type: 'CREATED', payload: fact });
        });
      await expect(note()).rejects.toMatchObject({ code: '57P01' });
      expect(await stands()).toEqual([{ notes: 0, events: 0 }]);
      dies = false;
      await note();
      expect(await stands()).toEqual([{ notes: 1, events: 1 }]);
    } finally {
      await client.end();
      await options.orm.close();
      await database.drop();
    }
  },
);

test('F38 a connection that dies in a transaction is not lost to the pool', async () => {
  for (let death = 0; death < 5; death += 1) {
    const dying = transactor.run(async (tx) => {
      await tx.sql.query('INSERT INTO note VALUES ($1)', [String(death)]);
      await tx.sql.query('SELECT pg_terminate_backend(pg_backend_pid())');
    });
    // what killed it is reported, not that the rollback failed as well
    await expect(dying).rejects.toMatchObject({ code: '57P01' });
  }
  const { rows } = await transactor.run((tx) => tx.sql.query<{ n: number }>('SELECT count(*)::int AS n FROM note'));
  expect(rows).toEqual([{ n: 0 }]);
});

test('F38 a connection that does not answer in time is closed, and others go on', async () => {
  for (let hang = 0; hang < 4; hang += 1) {
    const hanging = transactor.run((tx) => tx.sql.query('SELECT pg_sleep($1)', [30]));
    await expect(hanging).rejects.toThrow('Query read timeout');
  }
  const { rows } = await transactor.run((tx) => tx.sql.query<{ n: number }>('SELECT 1 AS n'));
  expect(rows).toEqual([{ n: 1 }]);
});

test('F38 a process that is paused in a transaction loses its locks to the others, and has no effect when it continues', async () => {
  await transactor.run((tx) => tx.sql.query('CREATE TABLE piece (id int PRIMARY KEY, takenby text)'));
  await transactor.run((tx) => tx.sql.query('INSERT INTO piece VALUES ($1, NULL)', [1]));
  const take = (by: string): string => `UPDATE piece SET takenby='${by}' WHERE id=1`;
  let goOn = (): void => undefined;
  let holds = (): void => undefined;
  const held = new Promise<void>((resolve) => (holds = resolve));
  const still = transactor.run(async (tx) => {
    await tx.sql.query(take('still'));
    holds();
    await new Promise<void>((resolve) => (goOn = resolve));
    await tx.sql.query('SELECT 1');
  });
  still.catch(() => undefined);
  await held;
  const other = new pg.Client({ connectionString: databaseUrl });
  await other.connect();
  await other.query(take('other'));
  goOn();
  const error: unknown = await still.catch((failure: unknown) => failure);
  // its batch or its request comes again: it is nobody's fault
  expect(isTransient(error)).toBe(true);
  expect((await other.query('SELECT takenby FROM piece')).rows).toEqual([{ takenby: 'other' }]);
  await other.end();
});

test('F38 a commit whose answer is lost is neither repeated nor silent: the caller gets the error', async () => {
  const proxy = await startTcpProxy(databaseUrl);
  const far = await ormOf(proxy.url);
  const remote = new Transactor({ ...far, append: async () => {} });
  await transactor.run((tx) => tx.sql.query('CREATE TABLE paid (n int)'));
  let runs = 0;
  try {
    const paying = remote.run(async (tx) => {
      runs += 1;
      await tx.sql.query('INSERT INTO paid VALUES ($1)', [1]);
      proxy.mute();
    });
    const error: unknown = await paying.catch((failure: unknown) => failure);
    expect(isTransient(error)).toBe(true);
    expect(runs).toBe(1);
    await proxy.restore();
    const { rows } = await remote.run((tx) => tx.sql.query('SELECT n FROM paid'));
    expect(rows).toEqual([{ n: 1 }]);
  } finally {
    await far.orm.close();
    await proxy.close();
  }
});

test.each(['25006', '0A000', '26000', '42P05'])(
  'F38 a transaction whose session was stale (%s) is run once more, on a session of its own time',
  async (code) => {
    const pids: number[] = [];
    const error: unknown = await transactor
      .run(async (tx) => {
        const { rows } = await tx.sql.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        pids.push(rows[0]!.pid);
        await tx.sql.query(`DO $$ BEGIN RAISE 'x' USING ERRCODE='${code}'; END $$`);
      })
      .catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code });
    // not again and again: where the name still leads to a server that only reads, nothing helps
    expect(pids).toHaveLength(2);
    expect(pids[0]).not.toBe(pids[1]);
  },
);

test('F41 a table changes under statements that every session has prepared: they are prepared again', async () => {
  await transactor.run((tx) => tx.sql.query('CREATE TABLE grown (id int)'));
  const read = () => transactor.run((tx) => tx.sql.query('SELECT * FROM grown WHERE id=$1', [1]));
  await Promise.all([read(), read()]);
  await transactor.run((tx) => tx.sql.query('ALTER TABLE grown ADD COLUMN more text'));
  for (let time = 0; time < 3; time += 1) expect((await read()).rows).toEqual([]);
});

test('F38 F48 a role that lost its rights and has them again needs no restart, and the error is transient', async () => {
  const role = `reader_${newId().replaceAll('-', '').slice(-12)}`;
  const url = new URL(databaseUrl);
  const admin = new pg.Client({ connectionString: databaseUrl });
  await admin.connect();
  await admin.query(`CREATE TABLE owned (n int); CREATE ROLE ${role} LOGIN PASSWORD '${role}'`);
  await admin.query(`GRANT INSERT ON owned TO ${role}`);
  [url.username, url.password] = [role, role];
  const own = await ormOf(url.href);
  const limited = new Transactor({ ...own, append: async () => {} });
  const insert = () => limited.run((tx) => tx.sql.query('INSERT INTO owned VALUES ($1)', [1]));
  try {
    await insert();
    await admin.query(`REVOKE INSERT ON owned FROM ${role}`);
    const error: unknown = await insert().catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code: '42501' });
    expect(isTransient(error)).toBe(true);
    await admin.query(`GRANT INSERT ON owned TO ${role}`);
    await insert();
  } finally {
    await own.orm.close();
    await admin.query(`DROP OWNED BY ${role}`);
    await admin.query(`DROP ROLE ${role}`);
    await admin.end();
  }
});

const slow = sqlMigrations([{ name: 'slow', sql: 'SELECT pg_sleep(1.5); CREATE TABLE slow ()' }]);

test('F41 two migrations at once, that take longer than a transaction may be idle: one does it, the other waits', async () => {
  const orms = await Promise.all(
    ['one', 'other'].map(async (applicationName) =>
      createOrm({
        database: postgresAt(databaseUrl),
        applicationName,
        entities: [],
        migrations: slow,
        poolSize: 2,
        queryTimeoutMs: 0,
        idleInTransactionMs: 500,
        log: () => {},
      }),
    ),
  );
  try {
    const done = await Promise.all(orms.map((one) => migrate(one, slow, 'expand')));
    expect(done.flat()).toEqual(['slow']);
  } finally {
    for (const one of orms) await one.close();
  }
});

test('each statement has a snapshot of its own, whatever the role has as its default', async () => {
  const database = await freshDatabase('isolation');
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  await admin.query(`ALTER ROLE CURRENT_USER IN DATABASE "${new URL(database.url).pathname.slice(1)}"
    SET default_transaction_isolation = 'repeatable read'`);
  const options = await ormOf(database.url);
  try {
    await admin.query('CREATE TABLE seen (n int)');
    const count = async (sql: SqlClient): Promise<number> =>
      (await sql.query<{ n: number }>('SELECT count(*)::int AS n FROM seen')).rows[0]!.n;
    await new Transactor({ ...options, append: async () => {} }).run(async ({ sql }) => {
      expect(await count(sql)).toBe(0);
      await admin.query('INSERT INTO seen VALUES (1)');
      expect(await count(sql)).toBe(1);
    });
  } finally {
    await admin.end();
    await options.orm.close();
    await database.drop();
  }
});

test('a statement is prepared once for a connection', async () => {
  await transactor.run(async (tx) => {
    for (let round = 0; round < 3; round += 1) await tx.sql.query('SELECT text FROM note WHERE text=$1', ['x']);
    const { rows } = await tx.sql.query<{ calls: string }>(
      `SELECT generic_plans+custom_plans AS calls FROM pg_prepared_statements WHERE statement='SELECT text FROM note WHERE text=$1'`,
    );
    expect(rows.map(({ calls }) => Number(calls))).toEqual([3]);
  });
});

test('a plan that is made while a table is empty finds its rows by their keys', async () => {
  await transactor.run(async (tx) => {
    await tx.sql.query('CREATE TABLE stand (id int PRIMARY KEY, level int)');
    const { rows } = await tx.sql.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN UPDATE stand s SET level = r.level FROM json_to_recordset('[]') AS r(id int, level int) WHERE s.id = r.id`,
    );
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/Index Scan using stand_pkey/);
  });
});

test('a read that is not answered in time does not leave its connection to who waits for one', async () => {
  const single = await createOrm({
    database: postgresAt(databaseUrl),
    applicationName: 'test',
    entities: [],
    migrations: [],
    poolSize: 1,
    queryTimeoutMs: 700,
    idleInTransactionMs: 5_000,
    log: () => {},
  });
  const sql = sqlOnPool(poolOf(single));
  await sql.query('SELECT 1');
  const hanging = sql.query('SELECT pg_sleep($1)', [5]);
  const next = sql.query('SELECT 1 AS n');
  await expect(hanging).rejects.toThrow('timeout');
  expect((await next).rows).toEqual([{ n: 1 }]);
  await single.close();
});
