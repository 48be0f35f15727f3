import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { TOPIC_NAMES, TOPICS } from '@outrider/contracts';
import { createTopics, freePort, freshDatabase, freshTopicPrefix, sharedInfra, until } from '@outrider/testkit';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { sqlMigrations } from '../database/index.js';
import { migrateService, planMigration, schemaOf } from './index.js';

const notes = {
  name: 'notes',
  migrations: sqlMigrations([
    { name: 'notes-001', sql: 'CREATE TABLE note (id int PRIMARY KEY, text text NOT NULL)' },
    { name: 'notes-002', sql: 'ALTER TABLE note DROP COLUMN text', phase: 'contract' },
    { name: 'notes-003', sql: 'ALTER TABLE note ADD COLUMN body text' },
  ]),
};
const OWN = /^notes/u;

let database: { readonly url: string; drop(): Promise<void> };
let env: Record<string, string>;
let sql: pg.Client;
const prefixes: string[] = [];

beforeEach(async () => {
  database = await freshDatabase('migrate');
  const { brokers } = await sharedInfra();
  const prefix = freshTopicPrefix();
  prefixes.push(prefix);
  // nothing of what the service itself needs
  env = {
    DATABASE_URL: database.url,
    KAFKA_BROKERS: brokers.join(','),
    KAFKA_TOPIC_PREFIX: prefix,
    LOG_LEVEL: 'silent',
  };
  sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
});
afterEach(async () => {
  await sql.end();
  await database.drop();
});
afterAll(async () => {
  const { brokers } = await sharedInfra();
  const admin = new Kafka({ clientId: 'test', brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const there = await admin.listTopics();
  await admin.deleteTopics({ topics: there.filter((name) => prefixes.some((prefix) => name.startsWith(prefix))) });
  await admin.disconnect();
});

const columns = async (): Promise<string[]> =>
  (
    await sql.query(
      `SELECT attname FROM pg_attribute WHERE attrelid='note'::regclass AND attnum>0 AND NOT attisdropped`,
    )
  ).rows
    .map(({ attname }) => attname)
    .toSorted();

test('F41 the expand phase leaves what processes of the old version use; contract takes it away', async () => {
  expect(schemaOf(notes).contract).toEqual(['notes-002']);
  await migrateService({ ...notes, migrations: notes.migrations.slice(0, 1) }, env);
  await migrateService(notes, env);
  // an old process still writes what a new one does not know
  await sql.query(`INSERT INTO note (id, text, body) VALUES (1, 'old', 'new')`);
  expect(await columns()).toEqual(['body', 'id', 'text']);
  expect((await planMigration(notes, env)).migrations).toEqual([{ name: 'notes-002', phase: 'contract' }]);
  await migrateService(notes, env, 'contract');
  expect(await columns()).toEqual(['body', 'id']);
  await migrateService(notes, env, 'contract');
  expect(await planMigration(notes, env)).toEqual({ migrations: [], topics: [], roles: [] });
});

const INDEXED = {
  ...notes,
  migrations: [...notes.migrations, ...sqlMigrations([{ name: 'notes-004', index: 'note_body', on: 'note(body)' }])],
};
const isIndexed = async (): Promise<boolean> => {
  const { rows } = await sql.query(`SELECT indisvalid FROM pg_index WHERE indexrelid=to_regclass('note_body')`);
  return rows[0]?.indisvalid === true;
};

test('F41 an index is built while others write to its table', async () => {
  await migrateService(notes, env);
  const writer = new pg.Client({ connectionString: database.url });
  await writer.connect();
  try {
    await writer.query('BEGIN');
    await writer.query('INSERT INTO note (id) VALUES (1)');
    const migrated = migrateService(INDEXED, env);
    await until('the build waits for the transaction that is open', async () => {
      const { rows } = await sql.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname=current_database() AND query LIKE 'CREATE INDEX%' AND wait_event_type='Lock'`,
      );
      return rows.length > 0;
    });
    // behind a lock of the table it would wait for as long as the build does
    await sql.query(`SET lock_timeout='2s'`);
    await sql.query('INSERT INTO note (id) VALUES (2)');
    await writer.query('COMMIT');
    await migrated;
  } finally {
    await writer.end();
  }
  expect(await isIndexed()).toBe(true);
  expect((await planMigration(INDEXED, env)).migrations).toEqual([]);
});

test('F41 an index whose build was cut off is built again', async () => {
  await migrateService(notes, env);
  await sql.query('CREATE INDEX note_body ON note(body)');
  await sql.query(`UPDATE pg_index SET indisvalid=false WHERE indexrelid='note_body'::regclass`);
  await migrateService(INDEXED, env);
  expect(await isIndexed()).toBe(true);
});

test('a new database gets what both phases lead to: no process of an older version uses it', async () => {
  await migrateService(notes, env);
  expect(await columns()).toEqual(['body', 'id']);
  expect((await planMigration(notes, env)).migrations).toEqual([]);
});

test('a plan lists what would be done, and nothing is changed', async () => {
  const plan = await planMigration(notes, env);
  expect(plan.migrations.filter(({ name }) => OWN.test(name))).toEqual([
    { name: 'notes-001', phase: 'expand' },
    { name: 'notes-002', phase: 'contract' },
    { name: 'notes-003', phase: 'expand' },
  ]);
  expect(plan.topics.map(({ topic, is }) => [topic, is])).toEqual(
    TOPIC_NAMES.map((name) => [env['KAFKA_TOPIC_PREFIX'] + name, 'missing']),
  );
  const { rows } = await sql.query(`SELECT relname FROM pg_class WHERE relnamespace='public'::regnamespace`);
  expect(rows).toEqual([]);
});

test('topics that are managed elsewhere are named with what is wrong before anything is changed', async () => {
  const verify = { ...env, KAFKA_TOPICS: 'verify' };
  await expect(migrateService(notes, verify)).rejects.toMatchObject({ code: 'TOPIC_MISMATCH' });
  const message = await migrateService(notes, verify).catch(({ message: text }: Error) => text);
  for (const name of TOPIC_NAMES) expect(message).toContain(`${name}: topic: wanted there, is missing`);
  expect((await planMigration(notes, env)).migrations.map(({ name }) => name)).toContain('notes-001');
  await migrateService(notes, env);
  await migrateService(notes, verify);
  const stricter = { ...verify, KAFKA_REPLICATION: '2', KAFKA_MIN_INSYNC: '2' };
  await expect(migrateService(notes, stricter)).rejects.toThrow(/: replication: wanted 2, is 1\n/u);
});

test.each(['create', 'verify'])(
  'F39 a topic of 6 partitions where 12 are wanted ends migrate, KAFKA_TOPICS=%s, and nothing is changed',
  async (KAFKA_TOPICS) => {
    const { brokers } = await sharedInfra();
    const [name = ''] = TOPIC_NAMES.filter((topic) => TOPICS[topic].partitions === 12);
    const topic = `${env['KAFKA_TOPIC_PREFIX']}${name}`;
    await createTopics(brokers, [topic], 6);
    const failed = await migrateService(notes, { ...env, KAFKA_TOPICS }).catch((error: Error) => error);
    expect(failed).toMatchObject({ code: 'TOPIC_MISMATCH' });
    expect((failed as Error).message).toContain(`${topic}: partitions: wanted 12, is 6`);
    const { rows } = await sql.query(`SELECT relname FROM pg_class WHERE relnamespace='public'::regnamespace`);
    expect(rows).toEqual([]);
    const { topics } = await planMigration(notes, env);
    expect(topics.filter(({ setting }) => setting === 'topic')).toHaveLength(TOPIC_NAMES.length - 1);
    expect(topics.filter(({ setting }) => setting === 'partitions')).toHaveLength(1);
  },
);

test('F41 two at once, and two more, make one schema', async () => {
  await Promise.all([
    migrateService(notes, env),
    migrateService(notes, env),
    migrateService(notes, env, 'contract'),
    migrateService(notes, env, 'contract'),
  ]);
  expect(await columns()).toEqual(['body', 'id']);
  expect(await planMigration(notes, env)).toEqual({ migrations: [], topics: [], roles: [] });
});

test('F39 waits for a database and a broker that are not up yet', async () => {
  const { brokers } = await sharedInfra();
  const doors = [await Door.to(new URL(database.url).host), await Door.to(brokers[0]!)];
  const url = new URL(database.url);
  [url.hostname, url.port] = ['127.0.0.1', String(doors[0]!.port)];
  // the broker names itself in its metadata: the door is needed for the first connection only
  const away = { ...env, DATABASE_URL: url.href, KAFKA_BROKERS: `127.0.0.1:${doors[1]!.port}` };
  await expect(migrateService(notes, { ...away, MIGRATE_WAIT_MS: '0' })).rejects.toThrow();
  const migrated = migrateService(notes, away);
  // the topics are looked at before the database is changed
  await doors[1]!.refusedOnce;
  await doors[1]!.open();
  await doors[0]!.refusedOnce;
  await doors[0]!.open();
  await migrated;
  expect((await planMigration(notes, env)).topics).toEqual([]);
  for (const door of doors) door.close();
});

test('F39 a wrong setting is refused, each by name, and none of the service’s own is required', async () => {
  await expect(
    migrateService(notes, {
      KAFKA_BROKERS: 'nowhere',
      KAFKA_TOPICS: 'make',
      KAFKA_REPLICATION: '2',
      KAFKA_MIN_INSYNC: '3',
      MIGRATE_WAIT_MS: 'long',
    }),
  ).rejects.toMatchObject({
    problems: [
      'DATABASE_URL: is missing',
      expect.stringMatching(/^KAFKA_BROKERS/u),
      'KAFKA_TOPICS: must be create or verify',
      'MIGRATE_WAIT_MS: must be a number of milliseconds',
    ],
  });
});

/** A port that refuses connections until it is opened, and then leads to a server. */
class Door {
  readonly #sockets = new Set<{ destroy(): void }>();
  #server: Server | undefined;

  private constructor(
    readonly port: number,
    private readonly target: string,
    readonly refusedOnce: Promise<void>,
  ) {}

  static async to(target: string): Promise<Door> {
    const port = await freePort();
    // a listener that resets each connection: to a client it is a server that is not there yet
    const refusing = createServer((socket) => socket.resetAndDestroy());
    const refused = new Promise<void>((resolve) => refusing.once('connection', () => resolve()));
    await new Promise<void>((resolve) => refusing.listen(port, '127.0.0.1', resolve));
    const door = new Door(port, target, refused);
    door.#server = refusing;
    return door;
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server?.close(() => resolve()));
    const [host, port] = this.target.split(':');
    this.#server = createServer((socket) => {
      const onward = connect(Number(port), host);
      socket.pipe(onward).pipe(socket);
      for (const [one, other] of [
        [socket, onward],
        [onward, socket],
      ] as const) {
        this.#sockets.add(one);
        one.on('error', () => other.destroy());
        one.on('close', () => other.destroy());
      }
    });
    await new Promise<void>((resolve) => this.#server?.listen(this.port, '127.0.0.1', resolve));
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server?.close();
  }
}

test('roles are given what they need, planned before; one that does not exist is refused and nothing is granted', async () => {
  const run = database.url.split('/').at(-1) ?? '';
  const [app, reader] = [`${run}_app`, `${run}_reader`];
  const withRoles = { ...env, APP_ROLE: app, READER_ROLE: reader };
  const rightOf = async (role: string): Promise<string> =>
    (
      await sql.query<{ rights: string }>(
        `SELECT coalesce(string_agg(privilege_type, ' ' ORDER BY privilege_type), '') AS rights
         FROM information_schema.role_table_grants WHERE table_name='note' AND grantee=$1`,
        [role],
      )
    ).rows[0]?.rights ?? '';
  await sql.query(`CREATE ROLE ${app}`);
  try {
    await expect(migrateService(notes, withRoles)).rejects.toThrow(
      `There is no role named ${reader}: create it first.`,
    );
    expect(await rightOf(app)).toBe('');
    await sql.query(`CREATE ROLE ${reader}`);
    const { roles } = await planMigration(notes, withRoles);
    expect(roles).toContain(`GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE "note" TO "${app}"`);
    expect(await rightOf(app)).toBe('');
    await migrateService(notes, withRoles);
    expect([await rightOf(app), await rightOf(reader)]).toEqual(['DELETE INSERT SELECT UPDATE', 'SELECT']);
    expect((await planMigration(notes, withRoles)).roles).toEqual([]);
    await migrateService({ ...notes, appendOnly: ['note'] }, withRoles);
    expect(await rightOf(app)).toBe('INSERT SELECT');
    for (const [name, message] of [
      [app, `The role ${app} is named twice`],
      ['postgres', 'The role postgres is the one that migrates'],
    ] as const) {
      await expect(migrateService(notes, { ...withRoles, READER_ROLE: name })).rejects.toThrow(message);
    }
  } finally {
    await sql.query(`DROP OWNED BY ${app}; DROP ROLE ${app}`);
    await sql.query(`DROP OWNED BY ${reader}; DROP ROLE ${reader}`);
  }
});

/** A way to PostgreSQL that breaks once, when a client sends this text: that connection, or all of them. */
async function breakingAt(target: URL, text: string, which: 'one' | 'all') {
  const sockets = new Set<Socket>();
  let broken = false;
  const server = createServer((client) => {
    const onward = connect(Number(target.port), target.hostname);
    onward.pipe(client);
    client.on('data', (chunk) => {
      if (broken || !chunk.includes(text)) return void onward.write(chunk);
      broken = true;
      for (const socket of which === 'all' ? sockets : [client]) socket.destroy();
    });
    for (const [one, other] of [
      [client, onward],
      [onward, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { url: url.href, isBroken: () => broken, close };
}

test.each(['one', 'all'] as const)(
  'when %s of its connections break in the middle of a migration, it is done again on others',
  async (which) => {
    const way = await breakingAt(new URL(database.url), 'CREATE TABLE note', which);
    try {
      await migrateService(notes, { ...env, DATABASE_URL: way.url });
      expect(way.isBroken()).toBe(true);
      expect(await columns()).toEqual(['body', 'id']);
    } finally {
      way.close();
    }
  },
);

test('when they break and nothing is waited for, it ends with what broke', async () => {
  const way = await breakingAt(new URL(database.url), 'CREATE TABLE note', 'all');
  try {
    const ended = migrateService(notes, { ...env, DATABASE_URL: way.url, MIGRATE_WAIT_MS: '0' });
    await expect(ended).rejects.toThrow('Connection terminated unexpectedly');
  } finally {
    way.close();
  }
});
