import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { outboxMigrations, outboxRights } from '@outrider/outbox';
import { createLogger } from '@outrider/service-kit/logging';
import { stopStages, type Stage } from '@outrider/service-kit/process';
import { freePort, freshDatabase, sharedInfra, until } from '@outrider/testkit';
import pg from 'pg';
import { readWorkerConfig } from './config.js';
import { startWorker } from './start-worker.js';

const log = createLogger('outbox-worker', 'silent');

let database: Awaited<ReturnType<typeof freshDatabase>>;
let owner: pg.Pool;
let role: string;
let stages: readonly Stage[] = [];

beforeAll(async () => {
  database = await freshDatabase('relay_rights');
  owner = new pg.Pool({ connectionString: database.url, max: 1 });
  for (const { sql } of outboxMigrations) await owner.query(sql);
  role = `${new URL(database.url).pathname.slice(1)}_relay`;
  await owner.query(`CREATE ROLE ${role} LOGIN PASSWORD 'outrider'`);
  for (const [table, { relay }] of Object.entries(outboxRights)) {
    if (relay.length > 0) await owner.query(`GRANT ${relay.join(', ')} ON ${table} TO ${role}`);
  }
  await owner.query(`REVOKE DELETE ON outbox_parked FROM ${role}`);
});
afterAll(async () => {
  await stopStages(stages, log);
  await owner.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await owner.end();
  await database.drop();
});

test('F39 the worker is not ready while its role lacks a right, and says which on which table of which database', async () => {
  const url = new URL(database.url);
  [url.username, url.password] = [role, 'outrider'];
  const adminPort = await freePort();
  const config = readWorkerConfig({
    DATABASE_URLS: `order=${url.href}`,
    KAFKA_BROKERS: (await sharedInfra()).brokers.join(','),
    HOST: '127.0.0.1',
    ADMIN_PORT: String(adminPort),
  });
  stages = await startWorker(config, log);
  const readiness = async (): Promise<{ status: number; order: string | undefined }> => {
    const response = await fetch(`http://127.0.0.1:${adminPort}/readyz`);
    const { checks } = (await response.json()) as { checks?: Record<string, string> };
    return { status: response.status, order: checks?.['database order'] };
  };
  expect(await readiness()).toEqual({
    status: 503,
    order: 'the role of this process lacks DELETE on outbox_parked: see docs/roles.md',
  });
  await owner.query(`GRANT DELETE ON outbox_parked TO ${role}`);
  await until('the check passes', async () => (await readiness()).order === 'ok');
});
