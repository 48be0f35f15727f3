import { randomBytes } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { clientOf, databasesOf } from '@outrider/connections';
import { createRoles, dropRoles, sharedInfra, type Infra } from '@outrider/testkit';
import pg from 'pg';
import { createRun, type Run } from '../run/run-directory.js';
import { DATABASE_ROLES } from './access-files.js';
import { prepareBacking, removeBacking } from './backing.js';
import type { Backing } from './environment.js';
import { SERVICES } from './layout.js';

const root = join(tmpdir(), `outrider-backing-${randomBytes(4).toString('hex')}`);
const user = `backing_${randomBytes(4).toString('hex')}`;

let adminUrl: string;
let infra: Infra;
let run: Run;
beforeEach(async () => {
  adminUrl = (await sharedInfra()).postgresUrl;
  await createRoles(adminUrl, [{ name: user, password: 'pass%word' }]);
  const url = new URL(adminUrl);
  url.username = user;
  url.password = encodeURIComponent('pass%word');
  infra = {
    mode: { postgres: 'url' },
    postgresUrl: url.href,
    brokers: ['k:1'],
    redisUrl: 'redis://r',
  } as Partial<Infra> as Infra;
  run = await createRun(root);
});
afterEach(async () => {
  await dropRoles(adminUrl, [user]);
  await rm(root, { recursive: true });
});

async function admin(text: string, values: unknown[] = []): Promise<Record<string, string>[]> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, string>>(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** Whom each folder logs in as, by role and database, as the servers see it. */
async function logins({ databases }: Backing): Promise<Record<string, Record<string, string>>> {
  const found: Record<string, Record<string, string>> = {};
  for (const role of DATABASE_ROLES) {
    for (const { name, server } of databasesOf(databases[role])) {
      const Client = clientOf(server, pg.Client);
      const client = new Client();
      await client.connect();
      const { rows } = await client.query<{ name: string }>('SELECT current_user AS name');
      await client.end();
      (found[role] ??= {})[name] = rows[0]!.name;
    }
  }
  return found;
}

const ofThisRun = async (): Promise<Record<string, string>[]> => {
  const like = `outrider_${run.id.replaceAll('-', '_')}%`;
  return admin(
    'SELECT rolname FROM pg_roles WHERE rolname LIKE $1 UNION ALL SELECT datname FROM pg_database WHERE datname LIKE $1',
    [like],
  );
};
const failed = (what: string, error: unknown): void => {
  throw new Error(what, { cause: error });
};

test('a user who may create roles and databases, and nothing else, is enough for roles of one’s own', async () => {
  await admin(`ALTER ROLE ${user} CREATEROLE CREATEDB`);
  const told: string[] = [];
  const backing = await prepareBacking(run, infra, (line) => told.push(line));
  const { roles } = backing;
  const everywhere = (name: string) => Object.fromEntries(SERVICES.map((service) => [service, name]));
  expect(await logins(backing)).toEqual({
    owner: everywhere(roles!.owner),
    app: roles!.app,
    relay: everywhere(roles!.relay),
    reader: everywhere(roles!.reader),
  });
  expect(new Set([roles!.owner, roles!.relay, roles!.reader, ...Object.values(roles!.app)]).size).toBe(7);
  const file = join(backing.databases.app, 'order', 'password');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(told).toEqual([]);
  await removeBacking(run, infra, failed);
  expect(await ofThisRun()).toEqual([]);
});

test('one who may not create roles does everything, and that is said', async () => {
  await admin(`ALTER ROLE ${user} CREATEDB`);
  const told: string[] = [];
  const backing = await prepareBacking(run, infra, (line) => told.push(line));
  expect(told).toEqual([`PostgreSQL: ${user} may not create roles, so all processes run as ${user}`]);
  expect(backing.roles).toBeUndefined();
  const all = Object.fromEntries(SERVICES.map((service) => [service, user]));
  expect(await logins(backing)).toEqual({ owner: all, app: all, relay: all, reader: all });
  await removeBacking(run, infra, failed);
  expect(await ofThisRun()).toEqual([]);
});
