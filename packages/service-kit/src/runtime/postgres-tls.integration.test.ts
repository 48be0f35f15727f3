import { writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort, OwnPostgres, sharedInfra, startTcpProxy, until } from '@outrider/testkit';
import { createAuthority, type CertificateAuthority } from '@outrider/testkit/certificates';
import pg from 'pg';
import { Registry } from 'prom-client';
import { z } from 'zod';
import { readConfig } from '../config/index.js';
import { createOrm } from '../database/index.js';
import { observeCredentials, postgresSettings, type PostgresServer } from '@outrider/connections';
import { echoService } from '../testing/echo-service.js';
import { startService } from './start-service.js';

const HOSTS = ['localhost', '127.0.0.1'];

let folder: string;
let authority: CertificateAuthority;
let stranger: CertificateAuthority;
let server: OwnPostgres;
let port: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outrider-postgres-tls-'));
  [authority, stranger] = await Promise.all([createAuthority('first'), createAuthority('stranger')]);
  const certificate = await authority.issue({ name: 'postgres', hosts: HOSTS });
  server = await OwnPostgres.open({ certificate, authority: authority.cert, certificateRoles: ['relay'] });
  ({ port } = new URL(server.url));
  await asSuperuser(`CREATE ROLE app LOGIN PASSWORD 'first'; CREATE ROLE relay LOGIN`);
  await write({ 'ca.crt': authority.cert, 'other-ca.crt': stranger.cert });
}, 120_000);
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function asSuperuser(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}
const at = (name: string): string => join(folder, name);

function database(env: NodeJS.ProcessEnv): PostgresServer {
  return readConfig(z.object({ DATABASE: postgresSettings }), env).DATABASE;
}

/** As a service asks: through the ORM. Says who asks, and whether in plain text. */
async function ask(of: PostgresServer): Promise<{ role: string; encrypted: boolean }> {
  const orm = await createOrm({
    database: of,
    applicationName: 'test',
    entities: [],
    migrations: [],
    poolSize: 2,
    log: () => {},
  });
  try {
    const [row] = await orm.em
      .getConnection()
      .execute<{ role: string; encrypted: boolean }[]>(
        'SELECT current_user AS role, ssl AS encrypted FROM pg_stat_ssl WHERE pid=pg_backend_pid()',
      );
    return row!;
  } finally {
    await orm.close(true);
  }
}

const url = (host: string, parameters = ''): string => `postgres://app:first@${host}:${port}/postgres${parameters}`;

test.each([
  ['localhost', '?sslmode=verify-full'],
  ['localhost', '?sslmode=require'],
  ['127.0.0.1', '?sslmode=verify-full'],
  ['127.0.0.1', ''],
])('the ORM connects encrypted to %s%s where the authority is known', async (host, parameters) => {
  const found = await ask(database({ DATABASE_URL: url(host, parameters), DATABASE_CA_FILE: at('ca.crt') }));
  expect(found).toEqual({ role: 'app', encrypted: true });
});

test('a server of another name is refused, and taken with verify-ca', async () => {
  const certificate = await authority.issue({ name: 'postgres', hosts: ['elsewhere.example'] });
  const other = await OwnPostgres.open({ certificate, authority: authority.cert });
  try {
    const of = (mode: string) =>
      database({
        DATABASE_URL: `postgres://nobody:x@localhost:${new URL(other.url).port}/postgres?sslmode=${mode}`,
        DATABASE_CA_FILE: at('ca.crt'),
      });
    await expect(ask(of('verify-full'))).rejects.toThrow(/altnames|does not match/u);
    await expect(ask(of('require'))).rejects.toThrow(/altnames|does not match/u);
    // it has come as far as the login
    await expect(ask(of('verify-ca'))).rejects.toThrow('password authentication failed');
  } finally {
    await other[Symbol.asyncDispose]();
  }
});

test('a server of an authority that is not known is refused', async () => {
  for (const mode of ['require', 'verify-ca', 'verify-full']) {
    const of = database({ DATABASE_URL: url('localhost', `?sslmode=${mode}`), DATABASE_CA_FILE: at('other-ca.crt') });
    await expect(ask(of)).rejects.toThrow(/certificate/u);
    // Node's own list does not hold it either
    await expect(ask(database({ DATABASE_URL: url('localhost', `?sslmode=${mode}`) }))).rejects.toThrow(/certificate/u);
  }
});

test('a server without TLS is sent nothing in plain text but the question whether it has it', async () => {
  const plain = await OwnPostgres.open();
  const proxy = await startTcpProxy(plain.url);
  const passed = proxy.record();
  try {
    for (const mode of ['require', 'verify-ca', 'verify-full']) {
      const of = database({
        DATABASE_URL: `postgres://postgres:hunter22@127.0.0.1:${new URL(proxy.url).port}/postgres?sslmode=${mode}`,
      });
      await expect(ask(of)).rejects.toThrow('does not support SSL');
    }
    // the question for TLS, 8 bytes, and the answer N, each time
    expect(passed().toString('latin1')).not.toMatch(/hunter22|postgres/u);
    expect(passed()).toHaveLength(27);
  } finally {
    await proxy.close();
    await plain[Symbol.asyncDispose]();
  }
});

test('F48 a password is exchanged in its file: the next connection has the new one', async () => {
  await write({ password: 'first\n' });
  const of = database({
    DATABASE_URL: `postgres://app@localhost:${port}/postgres`,
    DATABASE_CA_FILE: at('ca.crt'),
    DATABASE_PASSWORD_FILE: at('password'),
  });
  expect(await ask(of)).toMatchObject({ role: 'app' });
  await asSuperuser(`ALTER ROLE app PASSWORD 'second'`);
  await expect(ask(of)).rejects.toThrow('password authentication failed');
  await write({ password: 'second\n' });
  expect(await ask(of)).toMatchObject({ role: 'app' });
  await asSuperuser(`ALTER ROLE app PASSWORD 'first'`);
});

test('F48 a login that is refused while its password is exchanged is tried again, and nobody is told', async () => {
  await write({ password: 'first\n' });
  const of = database({
    DATABASE_URL: `postgres://app@localhost:${port}/postgres`,
    DATABASE_CA_FILE: at('ca.crt'),
    DATABASE_PASSWORD_FILE: at('password'),
  });
  let asked = 0;
  const late: PostgresServer = {
    name: of.name,
    connection() {
      asked += 1;
      if (asked === 4) writeFileSync(at('password'), 'second\n');
      return of.connection();
    },
  };
  await asSuperuser(`ALTER ROLE app PASSWORD 'second'`);
  expect(await ask(late)).toMatchObject({ role: 'app' });
  expect(asked).toBe(4);
  await asSuperuser(`ALTER ROLE app PASSWORD 'first'`);
});

test('F48 a password file that is emptied leaves connections alone, is logged and counted once, and recovers', async () => {
  await write({ password: 'first\n' });
  const registry = new Registry();
  const lines: string[] = [];
  observeCredentials(registry, {
    info: (_, message) => lines.push(message),
    error: (fields, message) => lines.push(`${message}: ${(fields as { reason: string }).reason}`),
  });
  const orm = await createOrm({
    database: database({
      DATABASE_URL: `postgres://app@localhost:${port}/postgres`,
      DATABASE_CA_FILE: at('ca.crt'),
      DATABASE_PASSWORD_FILE: at('password'),
    }),
    applicationName: 'test',
    entities: [],
    migrations: [],
    poolSize: 4,
    log: () => {},
  });
  const pid = async (): Promise<number> => {
    const [row] = await orm.em.getConnection().execute<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
    return row!.pid;
  };
  const several = () =>
    Promise.all([1, 2, 3, 4].map(() => orm.em.getConnection().execute<object[]>('SELECT pg_sleep(0.1)')));
  try {
    const live = await pid();
    await write({ password: '' });
    expect(await pid()).toBe(live);
    // three more connections, made with what the file held before
    await several();
    expect(lines).toEqual([`a credential cannot be used: the last good one is kept: is empty: ${at('password')}`]);
    expect(await registry.metrics()).toMatch(
      new RegExp(`credential_reads_total\\{file="${at('password')}",outcome="failed"\\} 3`, 'u'),
    );
    await write({ password: 'second\n' });
    await asSuperuser(`ALTER ROLE app PASSWORD 'second'`);
    await asSuperuser(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'`);
    await until('new connections have the new password', () =>
      pid().then(
        () => true,
        () => false,
      ),
    );
    await several();
    expect(lines.slice(1)).toEqual(['a credential can be used again']);
  } finally {
    await orm.close(true);
    await asSuperuser(`ALTER ROLE app PASSWORD 'first'`);
  }
});

test('F39 an expired certificate, and a key of another one, are refused at the start, with file and date', async () => {
  const [one, two, expired] = await Promise.all([
    authority.issue({ name: 'relay' }),
    authority.issue({ name: 'relay' }),
    authority.issue({ name: 'relay', days: -3 }),
  ]);
  await write({ 'one.crt': one.cert, 'two.key': two.key, 'old.crt': expired.cert, 'old.key': expired.key });
  const day = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10);
  const refused = (cert: string, key: string) => () =>
    database({ DATABASE_URL: url('localhost'), DATABASE_CERT_FILE: at(cert), DATABASE_KEY_FILE: at(key) });
  expect(refused('old.crt', 'old.key')).toThrow(`DATABASE_CERT_FILE: has expired on ${day}: ${at('old.crt')}`);
  expect(refused('one.crt', 'two.key')).toThrow(
    `DATABASE_KEY_FILE: is not the key of the certificate in ${at('one.crt')}: ${at('two.key')}`,
  );
});

test.each([
  ['a server without TLS', () => plainServer(), 'ca.crt', /does not support SSL/u],
  ['a server of another name', () => otherName(), 'ca.crt', /altnames|does not match/u],
  ['a server of an authority that is not known', () => Promise.resolve(server), 'other-ca.crt', /certificate/u],
])('F39 with %s a service is not ready, and says why', async (_what, serverOf, ca, why) => {
  const of = await serverOf();
  const { brokers } = await sharedInfra();
  const [httpPort, adminPort] = [await freePort(), await freePort()];
  const service = await startService(echoService, {
    DATABASE_URL: `postgres://app:first@localhost:${new URL(of.url).port}/postgres?sslmode=verify-full`,
    DATABASE_CA_FILE: at(ca),
    KAFKA_BROKERS: brokers.join(','),
    HOST: '127.0.0.1',
    PORT: String(httpPort),
    ADMIN_PORT: String(adminPort),
    JWT_ISSUER: 'test',
    JWT_AUDIENCE: 'test',
    JWT_JWKS: `http://127.0.0.1:${httpPort}/none`,
    LOG_LEVEL: 'silent',
  });
  let said = '';
  await until('it says why it is not ready', async () => {
    const response = await fetch(`http://127.0.0.1:${adminPort}/readyz`).catch(() => undefined);
    if (response === undefined) return false;
    expect(response.status).toBe(503);
    said = ((await response.json()) as { checks?: Record<string, string> }).checks?.['database'] ?? '';
    return why.test(said);
  });
  expect(said).not.toContain('first');
  await service.close();
  if (of !== server) await of[Symbol.asyncDispose]();
});

const plainServer = () => OwnPostgres.open();
const otherName = async () =>
  OwnPostgres.open({
    certificate: await authority.issue({ name: 'postgres', hosts: ['elsewhere.example'] }),
    authority: authority.cert,
  });

test('F48 a client certificate, and the authority of the server, are exchanged in their files', async () => {
  const [one, two] = await Promise.all([authority.issue({ name: 'relay' }), stranger.issue({ name: 'relay' })]);
  await write({ 'tls.crt': one.cert, 'tls.key': one.key, 'moving-ca.crt': authority.cert });
  const of = database({
    DATABASE_URL: `postgres://relay@localhost:${port}/postgres?sslmode=verify-full`,
    DATABASE_CA_FILE: at('moving-ca.crt'),
    DATABASE_CERT_FILE: at('tls.crt'),
    DATABASE_KEY_FILE: at('tls.key'),
  });
  expect(await ask(of)).toEqual({ role: 'relay', encrypted: true });
  // both authorities side by side, on both sides, then the new one alone
  const both = `${authority.cert}${stranger.cert}`;
  await write({ 'moving-ca.crt': both });
  await server.exchangeCertificate(await stranger.issue({ name: 'postgres', hosts: HOSTS }), both);
  // the server reads its files again some time after it was asked to
  await until('the server shows the new certificate', () =>
    ask(of).then(
      ({ encrypted }) => encrypted,
      () => false,
    ),
  );
  await write({ 'tls.crt': two.cert, 'tls.key': two.key, 'moving-ca.crt': stranger.cert });
  await server.exchangeCertificate(await stranger.issue({ name: 'postgres', hosts: HOSTS }), stranger.cert);
  expect(await ask(of)).toEqual({ role: 'relay', encrypted: true });
  await write({ 'tls.crt': one.cert, 'tls.key': one.key });
  await until('the old certificate is refused', () =>
    ask(of).then(
      () => false,
      () => true,
    ),
  );
  await server.exchangeCertificate(await authority.issue({ name: 'postgres', hosts: HOSTS }), authority.cert);
}, 240_000);
