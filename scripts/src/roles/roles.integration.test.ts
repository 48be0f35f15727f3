import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { missingRights, rightsOn, ROLE_KINDS } from '@outrider/service-kit/roles';
import { sharedInfra } from '@outrider/testkit';
import pg from 'pg';
import { PROJECT_ROOT } from '../run/project.js';
import { RoleDatabases, ROLE_SERVICES, type RoleService } from './databases.js';
import { renderRoles, type RoleRow } from './render.js';

let databases: RoleDatabases;
beforeAll(async () => {
  databases = await RoleDatabases.open((await sharedInfra()).postgresUrl);
});
afterAll(() => databases?.[Symbol.asyncDispose]());

test('the document shows the rights that the databases’ catalogues show', async () => {
  const rows: Record<string, RoleRow[]> = {};
  for (const service of ROLE_SERVICES) rows[service] = await databases.rows(service);
  expect(renderRoles(rows)).toBe(await readFile(join(PROJECT_ROOT, 'docs/roles.md'), 'utf8'));
});

test('each role has what it needs, and nothing on what its kind does not touch', async () => {
  for (const service of ROLE_SERVICES) {
    const rows = await databases.rows(service);
    expect(rows.length).toBeGreaterThan(15);
    for (const { kind, name, rights } of rows) {
      if (kind === 'sequence' || kind === 'function') continue;
      for (const role of ROLE_KINDS) {
        const object = { kind: kind as 'table' | 'view', name };
        const appendOnly = new Set(rights.app.includes('UPDATE') ? [] : [name]);
        expect([service, name, role, [...rights[role]].sort()]).toEqual([
          service,
          name,
          role,
          [...rightsOn(role, object, appendOnly)].sort(),
        ]);
      }
      if (!name.startsWith('outbox_')) expect([service, name, rights.relay]).toEqual([service, name, []]);
    }
  }
});

const OUTBOX_EVENT = `INSERT INTO outbox_event(shard, msg_key, topic, event_type, payload) VALUES (1, 'k', 't', 'T', '{}')`;

test.each<[RoleService, 'app' | 'relay' | 'reader', string, string]>([
  ['order', 'app', 'CREATE TABLE mine ()', 'permission denied for schema public'],
  ['order', 'app', 'ALTER TABLE saga ADD COLUMN mine int', 'must be owner of table saga'],
  ['order', 'app', 'DROP TABLE saga', 'must be owner of table saga'],
  ['order', 'app', 'TRUNCATE saga', 'permission denied for table saga'],
  ['order', 'app', 'CREATE INDEX mine ON saga(order_id)', 'must be owner of table saga'],
  ['order', 'app', `UPDATE outbox_event SET payload='{}'`, 'permission denied for table outbox_event'],
  ['order', 'app', 'DELETE FROM outbox_event', 'permission denied for table outbox_event'],
  ['order', 'app', 'DELETE FROM outbox_event_default', 'permission denied for table outbox_event_default'],
  ['order', 'app', 'DELETE FROM inbox_event', 'permission denied for table inbox_event'],
  ['order', 'app', 'UPDATE saga_timeline SET at=now()', 'permission denied for table saga_timeline'],
  ['order', 'app', 'DELETE FROM mikro_orm_migrations', 'permission denied for table mikro_orm_migrations'],
  [
    'order',
    'app',
    `SELECT partition_drop_days('outbox_event', '2 days', true)`,
    'permission denied for function partition_drop_days',
  ],
  ['inventory', 'app', 'UPDATE stock_movement SET on_hand_delta=0', 'permission denied for table stock_movement'],
  ['inventory', 'app', 'DELETE FROM stock_movement', 'permission denied for table stock_movement'],
  ['order', 'relay', 'SELECT FROM orders', 'permission denied for table orders'],
  ['order', 'relay', 'SELECT FROM saga', 'permission denied for table saga'],
  ['payment', 'relay', 'SELECT FROM payment', 'permission denied for table payment'],
  ['order', 'relay', OUTBOX_EVENT, 'permission denied for table outbox_event'],
  ['order', 'relay', 'DELETE FROM outbox_event', 'permission denied for table outbox_event'],
  ['order', 'relay', `INSERT INTO outbox_discarded SELECT`, 'permission denied for table outbox_discarded'],
  ['order', 'relay', 'SELECT FROM inbox_event', 'permission denied for table inbox_event'],
  ['order', 'relay', 'CREATE TABLE mine ()', 'permission denied for schema public'],
  ['order', 'reader', 'UPDATE saga SET version=1', 'permission denied for table saga'],
  ['order', 'reader', 'SET default_transaction_read_only=off; DELETE FROM saga', 'permission denied for table saga'],
  ['product', 'reader', 'DELETE FROM product', 'permission denied for table product'],
  ['order', 'reader', 'SELECT outbox_make_days(1)', 'permission denied for function outbox_make_days'],
])('in %s, %s may not: %s', async (service, role, statement, message) => {
  await expect(databases.as(role, service, statement)).rejects.toThrow(message);
});

test('what they need goes', async () => {
  await databases.as('app', 'order', `${OUTBOX_EVENT}; SELECT outbox_make_days(3), inbox_make_days(3)`);
  await databases.as(
    'relay',
    'order',
    "SELECT FROM outbox_event; SELECT outbox_make_days(3); SELECT outbox_drop_days(interval '7 days')",
  );
  await databases.as('reader', 'order', 'SELECT FROM orders, saga, outbox_event, inbox_event, outbox_status');
  await databases.as('app', 'product', `SELECT list_position('product_list')`);
});

test('a second time nothing is granted; what somebody took away or added by hand is put right', async () => {
  expect((await databases.migrate('payment')).rights).toEqual([]);
  const { app, relay } = databases.roles;
  await databases.admin(`REVOKE UPDATE, SELECT ON payment FROM ${app}; GRANT SELECT ON payment TO ${relay}`, 'payment');
  await databases.admin(`GRANT UPDATE, TRUNCATE ON outbox_event TO ${app}`, 'payment');
  const client = new pg.Client({ connectionString: databases.url('payment', 'app') });
  await client.connect();
  try {
    expect(await missingRights(client, 'app')).toEqual(['SELECT, UPDATE on payment']);
  } finally {
    await client.end();
  }
  expect((await databases.migrate('payment')).rights).toEqual([
    `REVOKE TRUNCATE, UPDATE ON TABLE "outbox_event" FROM "${app}"`,
    `GRANT SELECT, UPDATE ON TABLE "payment" TO "${app}"`,
    `REVOKE SELECT ON TABLE "payment" FROM "${relay}"`,
  ]);
  expect((await databases.migrate('payment')).rights).toEqual([]);
});

test('settings of the roles are left to an administrator where the owner may not set them, and named', async () => {
  const { refused } = await databases.migrate('product');
  expect(refused).toContain(
    `ALTER ROLE "${databases.roles.app}" IN DATABASE "${new URL(databases.url('product', 'app')).pathname.slice(1)}" SET enable_seqscan = 'off'`,
  );
  for (const statement of refused) await databases.admin(statement, 'product');
  expect((await databases.migrate('product')).refused).toEqual([]);
  const shown = await databases.as('relay', 'product', 'SHOW plan_cache_mode');
  expect(shown.rows).toEqual([{ plan_cache_mode: 'force_generic_plan' }]);
  await expect(databases.as('reader', 'product', 'CREATE TEMP TABLE mine ()')).rejects.toThrow('read-only transaction');
});
