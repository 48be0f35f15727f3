import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { postgresAt } from '@outrider/connections';
import { createLogger } from '@outrider/service-kit/logging';
import { stopStages, type Stage } from '@outrider/service-kit/process';
import { freePort, freshDatabase } from '@outrider/testkit';
import pg from 'pg';
import { readReconcilerConfig } from './config.js';
import { startReconciler } from './start-reconciler.js';

const log = createLogger('reconciler', 'silent');

let database: Awaited<ReturnType<typeof freshDatabase>>;
let owner: pg.Pool;
let role: string;
let stages: readonly Stage[] = [];

beforeAll(async () => {
  database = await freshDatabase('reader_rights');
  owner = new pg.Pool({ connectionString: database.url, max: 1 });
  role = `${new URL(database.url).pathname.slice(1)}_reader`;
  await owner.query(`CREATE ROLE ${role} LOGIN PASSWORD 'outrider'; CREATE TABLE saga (); CREATE TABLE orders ()`);
  await owner.query(`GRANT SELECT ON orders TO ${role}`);
});
afterAll(async () => {
  await stopStages(stages, log);
  await owner.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await owner.end();
  await database.drop();
});

test('F39 the reconciler is not ready while its role may not read a table, and says which', async () => {
  const url = new URL(database.url);
  [url.username, url.password] = [role, 'outrider'];
  const adminPort = await freePort();
  const config = readReconcilerConfig({
    ...Object.fromEntries(
      ['ORDER', 'INVENTORY', 'PAYMENT', 'PRODUCT'].map((name) => [`${name}_DATABASE_URL`, url.href]),
    ),
    HOST: '127.0.0.1',
    ADMIN_PORT: String(adminPort),
  });
  expect(config.databases.order.name).toBe(postgresAt(url.href).name);
  stages = await startReconciler(config, log);
  const readiness = async (): Promise<{ status: number; checks?: Record<string, string> }> => {
    const response = await fetch(`http://127.0.0.1:${adminPort}/readyz`);
    const { checks = {} } = (await response.json()) as { checks?: Record<string, string> };
    return { status: response.status, checks };
  };
  expect(await readiness()).toMatchObject({
    status: 503,
    checks: { 'database order': 'the role of this process lacks SELECT on saga: see docs/roles.md' },
  });
  await owner.query(`GRANT SELECT ON saga TO ${role}`);
  expect((await readiness()).status).toBe(200);
});
