import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { ConfigError, readConfig } from './index.js';
import { createAuthority } from '@outrider/testkit/certificates';
import { databasesOf, kafkaSettings, kafkajsOptions, postgresSettings, redisSettings } from '@outrider/connections';

const SECRET = 'hunter22';
const { cert } = await createAuthority();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrider-connections-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

/** What is refused, and that no value is shown. */
function refusals(schema: z.ZodType, env: NodeJS.ProcessEnv): readonly string[] {
  try {
    readConfig(schema, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message).not.toContain(SECRET);
    return error.problems;
  }
  return [];
}

describe('a database', () => {
  const schema = z.object({ DATABASE: postgresSettings });
  const URL = `postgres://app:${SECRET}@db.example:5433/orders`;
  const connectionOf = (env: NodeJS.ProcessEnv) => readConfig(schema, env).DATABASE.connection();

  test('is connected to in plain text where nothing else is said', () => {
    expect(connectionOf({ DATABASE_URL: URL })).toEqual({
      host: 'db.example',
      port: 5433,
      database: 'orders',
      user: 'app',
      password: SECRET,
      ssl: false,
    });
    expect(connectionOf({ DATABASE_URL: 'postgres://app@db/o' })).toMatchObject({ port: 5432 });
    expect(connectionOf({ DATABASE_URL: 'postgres://a%40b:p%25%2Fw@[::1]/o%20o' })).toMatchObject({
      host: '::1',
      user: 'a@b',
      password: 'p%/w',
      database: 'o o',
    });
  });

  test.each([
    ['disable', false],
    ['require', { rejectUnauthorized: true, servername: 'db.example' }],
    ['verify-full', { rejectUnauthorized: true, servername: 'db.example' }],
    ['verify-ca', { rejectUnauthorized: true, checkServerIdentity: expect.any(Function) }],
  ])('sslmode=%s', (mode, ssl) => {
    const found = connectionOf({ DATABASE_URL: `${URL}?sslmode=${mode}` }).ssl;
    if (ssl === false) expect(found).toBe(false);
    else expect(found).toMatchObject(ssl as object);
    if (mode !== 'verify-ca' && mode !== 'disable') expect(found).not.toHaveProperty('checkServerIdentity');
  });

  test.each([
    [{}, 'DATABASE_URL: is missing'],
    [
      { DATABASE_URL: 'mysql://a:hunter22@b/c' },
      'DATABASE_URL: must be a URL that starts with postgres:// or postgresql://',
    ],
    [{ DATABASE_URL: 'hunter22' }, 'DATABASE_URL: must be a URL that starts with postgres:// or postgresql://'],
    [{ DATABASE_URL: 'postgres://a@db' }, 'DATABASE_URL: must name a database'],
    [{ DATABASE_URL: 'postgres://a@db/' }, 'DATABASE_URL: must name a database'],
    [
      { DATABASE_URL: 'postgres://a:100%hunter22@db/o' },
      'DATABASE_URL: must have every % in user, password, host and database written as %25',
    ],
    [
      { DATABASE_URL: 'postgres://a@100%/o' },
      'DATABASE_URL: must have every % in user, password, host and database written as %25',
    ],
    [
      { DATABASE_URL: `${URL}?sslmode=verfy-full` },
      'DATABASE_URL: has an sslmode that is not known: it must be disable, require, verify-ca, verify-full',
    ],
    [
      { DATABASE_URL: `${URL}?sslmode=prefer` },
      'DATABASE_URL: has an sslmode that is not known: prefer may fall back to plain text; it must be disable, require, verify-ca, verify-full',
    ],
    [
      { DATABASE_URL: `${URL}?sslmode=require&sslmode=disable` },
      'DATABASE_URL: has the parameter sslmode more than once',
    ],
    [{ DATABASE_URL: `${URL}?ssl=yes` }, 'DATABASE_URL: has a parameter that is not understood: ssl'],
    [{ DATABASE_URL: `${URL}?SSLMODE=require` }, 'DATABASE_URL: has a parameter that is not understood: SSLMODE'],
    [
      { DATABASE_URL: `${URL}?sslrootcert=/ca` },
      'DATABASE_URL: has a parameter sslrootcert: give the file as …_CA_FILE instead',
    ],
    [{ DATABASE_URL: URL, DATABASE_URL_FILE: '/x' }, 'DATABASE_URL: is given twice: by value and as …_FILE'],
    [{ DATABASE_URL: URL, DATABASE_PASSWORD: SECRET }, 'DATABASE_PASSWORD: is given twice: in the URL as well'],
    [{ DATABASE_URL: URL, DATABASE_CA_FILE: '/none/ca.crt' }, 'DATABASE_CA_FILE: cannot be read: /none/ca.crt: ENOENT'],
    [
      { DATABASE_URL: URL, DATABASE_CERT_FILE: '/none/tls.crt' },
      'DATABASE_KEY_FILE: is missing: a certificate and its key are given together',
    ],
  ])('%j is refused: %s', (env, problem) => {
    expect(refusals(schema, env)).toEqual([problem]);
  });

  test('every wrong key is named at once, beside those of other settings', () => {
    const all = z.object({
      DATABASE: postgresSettings,
      ORDER_DATABASE: postgresSettings,
      KAFKA: kafkaSettings,
      PORT: z.string(),
    });
    expect(
      refusals(all, { DATABASE_URL: 'x', DATABASE_PASSWORD: 'a', DATABASE_PASSWORD_FILE: 'b', KAFKA_TLS: 'ja' }),
    ).toEqual([
      'DATABASE_URL: must be a URL that starts with postgres:// or postgresql://',
      'DATABASE_PASSWORD: is given twice: by value and as …_FILE',
      'ORDER_DATABASE_URL: is missing',
      'KAFKA_BROKERS: is missing',
      'KAFKA_TLS: must be true or false',
      'PORT: is missing',
    ]);
  });

  test('a password in a file is read at each connection; without its line end', async () => {
    const path = await file('password', 'first\n');
    const { DATABASE } = readConfig(schema, { DATABASE_URL: 'postgres://a@db/o', DATABASE_PASSWORD_FILE: path });
    expect(DATABASE.connection()).toMatchObject({ password: 'first' });
    await writeFile(path, ' second \r\n');
    expect(DATABASE.connection()).toMatchObject({ password: ' second ' });
  });

  test('a URL in a file is read at each connection; one that is wrong is not taken', async () => {
    const path = await file('uri', `${URL}\n`);
    const { DATABASE } = readConfig(schema, { DATABASE_URL_FILE: path });
    expect(DATABASE.name).toBe('app@db.example:5433/orders');
    await writeFile(path, 'postgres://other:secret@elsewhere/orders?sslmode=verify-full');
    expect(DATABASE.connection()).toMatchObject({ user: 'other', host: 'elsewhere', ssl: { servername: 'elsewhere' } });
    await writeFile(path, 'postgres://other:secret@elsewhere/orders?sslmode=none');
    expect(DATABASE.connection()).toMatchObject({ user: 'other', ssl: { servername: 'elsewhere' } });
  });

  test('F39 a URL in a file that takes the encryption away is not taken where files for TLS are given', async () => {
    const [path, ca] = [await file('uri', `${URL}?sslmode=verify-full`), await file('ca.crt', cert)];
    const { DATABASE } = readConfig(schema, { DATABASE_URL_FILE: path, DATABASE_CA_FILE: ca });
    await mkdir(join(folder, 'databases', 'order'), { recursive: true });
    const uri = await file('databases/order/uri', `${URL}?sslmode=verify-full`);
    await file('databases/order/ca.crt', cert);
    const [order] = databasesOf(join(folder, 'databases'));
    for (const one of [path, uri]) await writeFile(one, `${URL}?sslmode=disable`);
    for (const server of [DATABASE, order!.server]) {
      expect(server.connection()).toMatchObject({ ssl: { ca: cert, rejectUnauthorized: true } });
    }
    expect(refusals(schema, { DATABASE_URL_FILE: path, DATABASE_CA_FILE: ca })).toEqual([
      `DATABASE_URL_FILE: has sslmode=disable although files for TLS are given: ${path}`,
    ]);
    expect(() => databasesOf(join(folder, 'databases'))).toThrow(
      `has sslmode=disable although files for TLS are given: ${uri}`,
    );
  });

  test.each(['', '\n', '  '])('an empty password file (%j) is refused at the start', async (text) => {
    const path = await file('password', text);
    expect(refusals(schema, { DATABASE_URL: 'postgres://a@db/o', DATABASE_PASSWORD_FILE: path })).toEqual([
      `DATABASE_PASSWORD_FILE: is empty: ${path}`,
    ]);
  });
});

describe('databases in a folder of folders', () => {
  const write = async (name: string, files: Readonly<Record<string, string>>): Promise<void> => {
    await mkdir(join(folder, name), { recursive: true });
    for (const [key, text] of Object.entries(files)) await writeFile(join(folder, name, key), text);
  };

  test('are named by their folders and found by URI or in parts', async () => {
    await write('payment', { host: 'db', port: '6432', dbname: 'payment', username: 'relay', password: SECRET });
    await write('order', { uri: 'postgres://relay:old@db/order', password: SECRET, username: 'x' });
    await write('..2026', { uri: 'not a database' });
    const found = databasesOf(folder);
    expect(found.map(({ name, server }) => [name, server.connection()])).toEqual([
      ['order', { host: 'db', port: 5432, database: 'order', user: 'relay', password: SECRET, ssl: false }],
      ['payment', { host: 'db', port: 6432, database: 'payment', user: 'relay', password: SECRET, ssl: false }],
    ]);
    await write('payment', { password: 'new', host: 'db2' });
    expect(found[1]!.server.connection()).toMatchObject({ host: 'db2', password: 'new' });
  });

  test.each([
    ['no folder', {}, 'holds no folder of a database'],
    ['no host', { order: { dbname: 'o', username: 'u' } }, 'cannot be read: '],
    ['an odd port', { order: { host: 'h', port: 'x', dbname: 'o', username: 'u' } }, 'must be a port number: '],
    ['an empty password', { order: { uri: 'postgres://a@b/c', password: '' } }, 'is empty: '],
    ['a wrong URI', { order: { uri: 'hunter22' } }, 'must be a URL that starts with postgres:// or postgresql://: '],
    [
      'a certificate alone',
      { order: { uri: 'postgres://a@b/c', 'tls.crt': 'x' } },
      'tls.crt and tls.key are given together: ',
    ],
    [
      'a name with capitals',
      { Order: { uri: 'postgres://a@b/c' } },
      'holds a folder whose name is not of a-z, 0-9, - and _: Order',
    ],
  ] as [string, Record<string, Record<string, string>>, string][])('%s is refused', async (_what, folders, message) => {
    for (const [name, files] of Object.entries(folders)) await write(name, files);
    expect(() => databasesOf(folder)).toThrow(message);
  });
});

describe('Kafka', () => {
  const schema = z.object({ KAFKA: kafkaSettings });
  const LOGIN = { KAFKA_SASL_MECHANISM: 'scram-sha-512', KAFKA_USERNAME: 'order', KAFKA_PASSWORD: SECRET };

  test('is connected to in plain text and without a login where nothing else is said', () => {
    const { KAFKA } = readConfig(schema, { KAFKA_BROKERS: 'a:9092, b:9093' });
    expect(KAFKA).toEqual({ brokers: ['a:9092', 'b:9093'], tls: undefined, sasl: undefined });
    expect(kafkajsOptions(KAFKA)).toMatchObject({ brokers: ['a:9092', 'b:9093'], ssl: false });
  });

  test('a login is asked for again at each connection', async () => {
    const path = await file('password', 'first');
    const { KAFKA_PASSWORD: _, ...login } = LOGIN;
    const { KAFKA } = readConfig(schema, {
      KAFKA_BROKERS: 'a:1',
      KAFKA_TLS: 'true',
      ...login,
      KAFKA_PASSWORD_FILE: path,
    });
    const { sasl, ssl } = kafkajsOptions(KAFKA);
    expect(ssl).toBe(true);
    expect({ ...sasl }).toEqual({ mechanism: 'scram-sha-512', username: 'order', password: 'first' });
    await writeFile(path, 'second');
    expect(sasl).toMatchObject({ password: 'second' });
  });

  test.each([
    [{ KAFKA_BROKERS: 'a' }, 'KAFKA_BROKERS: must be host:port[,host:port…]'],
    [{ KAFKA_BROKERS: 'a:1', KAFKA_TLS: 'yes' }, 'KAFKA_TLS: must be true or false'],
    [{ KAFKA_BROKERS: 'a:1', KAFKA_CA_FILE: '/ca' }, 'KAFKA_TLS: must be true where a file for TLS is given'],
    [
      { KAFKA_BROKERS: 'a:1', KAFKA_TLS: 'true', KAFKA_CA_FILE: '/none' },
      'KAFKA_CA_FILE: cannot be read: /none: ENOENT',
    ],
    [
      { KAFKA_BROKERS: 'a:1', ...LOGIN, KAFKA_SASL_MECHANISM: 'oauthbearer' },
      'KAFKA_SASL_MECHANISM: must be plain, scram-sha-256, scram-sha-512',
    ],
    [
      { KAFKA_BROKERS: 'a:1', KAFKA_USERNAME: 'x' },
      'KAFKA_SASL_MECHANISM: is missing: a user name or password is given',
    ],
    [{ KAFKA_BROKERS: 'a:1', ...LOGIN, KAFKA_PASSWORD: '' }, 'KAFKA_PASSWORD: is missing: scram-sha-512 needs it'],
    [{ KAFKA_BROKERS: 'a:1', ...LOGIN, KAFKA_USERNAME: '' }, 'KAFKA_USERNAME: is missing: scram-sha-512 needs it'],
    [
      { KAFKA_BROKERS: 'a:1', ...LOGIN, KAFKA_PASSWORD_FILE: '/x' },
      'KAFKA_PASSWORD: is given twice: by value and as …_FILE',
    ],
    [
      { KAFKA_BROKERS: 'a:1', ...LOGIN, KAFKA_SASL_MECHANISM: 'plain' },
      'KAFKA_SASL_MECHANISM: is plain without TLS, which sends the password as it is: set KAFKA_TLS=true, or KAFKA_SASL_PLAIN_WITHOUT_TLS=true where the network is trusted',
    ],
  ])('%j is refused: %s', (env, problem) => {
    expect(refusals(schema, env)).toEqual([problem]);
  });

  test('plain goes with TLS, and without it where that is said', () => {
    for (const more of [{ KAFKA_TLS: 'true' }, { KAFKA_SASL_PLAIN_WITHOUT_TLS: 'true' }]) {
      expect(refusals(schema, { KAFKA_BROKERS: 'a:1', ...LOGIN, KAFKA_SASL_MECHANISM: 'PLAIN', ...more })).toEqual([]);
    }
  });
});

describe('Redis', () => {
  const schema = z.object({ REDIS: redisSettings });
  const connectionOf = (env: NodeJS.ProcessEnv) => readConfig(schema, env).REDIS.connection();

  test('is connected to as its URL says', () => {
    expect(connectionOf({ REDIS_URL: 'redis://cache' })).toEqual({ host: 'cache', port: 6379, db: 0 });
    expect(connectionOf({ REDIS_URL: `rediss://user:${SECRET}@cache:6380/3` })).toEqual({
      host: 'cache',
      port: 6380,
      db: 3,
      username: 'user',
      password: SECRET,
      tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, servername: 'cache' },
    });
    expect(connectionOf({ REDIS_URL: 'rediss://[::1]:6380' })).toMatchObject({ host: '::1' });
  });

  test('through Sentinels, all of it encrypted or nothing', async () => {
    const path = await file('password', SECRET);
    const sentinel = {
      REDIS_SENTINELS: 's1:26379,s2:26379',
      REDIS_SENTINEL_NAME: 'primary',
      REDIS_PASSWORD_FILE: path,
    };
    expect(connectionOf({ REDIS_URL: 'redis://sentinel/0', ...sentinel })).toEqual({
      sentinels: [
        { host: 's1', port: 26379 },
        { host: 's2', port: 26379 },
      ],
      name: 'primary',
      db: 0,
      password: SECRET,
    });
    expect(connectionOf({ REDIS_URL: 'rediss://sentinel', ...sentinel })).toMatchObject({
      enableTLSForSentinelMode: true,
      tls: { rejectUnauthorized: true },
      sentinelTLS: { rejectUnauthorized: true },
    });
  });

  test('a URL in a file is read at each connection; one that is wrong is not taken', async () => {
    const path = await file('url', 'redis://user:first%25@cache/1\n');
    const { REDIS } = readConfig(schema, { REDIS_URL_FILE: path });
    expect(REDIS.connection()).toEqual({ host: 'cache', port: 6379, db: 1, username: 'user', password: 'first%' });
    await writeFile(path, 'redis://user:second%@cache/1');
    expect(REDIS.connection()).toMatchObject({ password: 'first%' });
    await writeFile(path, 'redis://:third%25@elsewhere:6380');
    expect(REDIS.connection()).toMatchObject({ host: 'elsewhere', port: 6380, db: 0, password: 'third%' });
  });

  test('F39 a URL in a file that takes the encryption away is not taken where files for TLS are given', async () => {
    const [path, ca] = [await file('url', 'rediss://cache'), await file('ca.crt', cert)];
    const { REDIS } = readConfig(schema, { REDIS_URL_FILE: path, REDIS_CA_FILE: ca });
    await writeFile(path, 'redis://cache');
    expect(REDIS.connection()).toMatchObject({ tls: { ca: cert, rejectUnauthorized: true } });
  });

  test.each([
    [{}, 'REDIS_URL: is missing'],
    [{ REDIS_URL: 'http://x' }, 'REDIS_URL: must be a URL that starts with redis:// or rediss://'],
    [{ REDIS_URL: 'redis://x/?tls=1' }, 'REDIS_URL: has a parameter that is not understood: tls'],
    [{ REDIS_URL: 'redis://x/abc' }, 'REDIS_URL: must have nothing but the number of a database behind the host'],
    [{ REDIS_URL: 'redis://:100%hunter22@x' }, 'REDIS_URL: must have every % in user and password written as %25'],
    [{ REDIS_URL: 'redis://100%@x' }, 'REDIS_URL: must have every % in user and password written as %25'],
    [
      { REDIS_URL: 'redis://x', REDIS_CA_FILE: '/ca' },
      'REDIS_URL: must start with rediss:// where a file for TLS is given',
    ],
    [{ REDIS_URL: 'redis://:a@x', REDIS_PASSWORD: SECRET }, 'REDIS_PASSWORD: is given twice: in the URL as well'],
    [{ REDIS_URL: 'redis://x', REDIS_SENTINELS: 'a:1' }, 'REDIS_SENTINEL_NAME: is missing: REDIS_SENTINELS is given'],
    [{ REDIS_URL: 'redis://x', REDIS_SENTINEL_NAME: 'a' }, 'REDIS_SENTINELS: is missing: REDIS_SENTINEL_NAME is given'],
    [
      { REDIS_URL: 'redis://x', REDIS_SENTINEL_NAME: 'a', REDIS_SENTINELS: 'b' },
      'REDIS_SENTINELS: must be host:port[,host:port…]',
    ],
    [
      { REDIS_URL: 'redis://x', REDIS_CLUSTER_NODES: 'a:1' },
      'REDIS_CLUSTER_NODES: is not supported: one script writes many keys, which Redis Cluster refuses',
    ],
  ])('%j is refused: %s', (env, problem) => {
    expect(refusals(schema, env)).toEqual([problem]);
  });
});
