import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '@outrider/testkit';
import { echoService } from '../testing/echo-service.js';
import { startTestService, type TestService } from '../testing/index.js';

let service: TestService;
beforeAll(async () => {
  service = await startTestService(echoService);
});
afterAll(() => service.close());

async function ready(url: string): Promise<{ status: number; schema: string | undefined }> {
  const response = await fetch(`${url}/readyz`).catch(() => undefined);
  const body = (await response?.json()) as { checks?: Record<string, string> } | undefined;
  return { status: response?.status ?? 0, schema: body?.checks?.['schema'] };
}

test('F39 a role that lacks a right keeps the process from being ready, which says what it lacks and where', async () => {
  const [{ role } = { role: '' }] = await service.sql<{ role: string }>(
    `SELECT usename AS role FROM pg_stat_activity WHERE datname=current_database() AND application_name LIKE 'outrider-%' LIMIT 1`,
  );
  expect(role).not.toBe('postgres');
  await service.sql(`REVOKE UPDATE ON inbox_offset FROM ${role}`);
  await service.sql(`REVOKE SELECT, DELETE ON outbox_pending FROM ${role}`);
  const adminPort = await freePort();
  const other = service.replica({ ADMIN_PORT: String(adminPort) });
  const url = `http://127.0.0.1:${adminPort}`;
  await service.until('it is up', async () => (await ready(url)).status === 503);
  await service.until('it says why', async () => (await ready(url)).schema?.startsWith('the role') === true);
  expect((await ready(url)).schema).toBe(
    'the role of this process lacks UPDATE on inbox_offset; SELECT, DELETE on outbox_pending: see docs/roles.md',
  );
  await service.sql(`GRANT UPDATE ON inbox_offset TO ${role}`);
  await service.sql(`GRANT SELECT, DELETE ON outbox_pending TO ${role}`);
  await other;
  await service.until('it is ready', async () => (await ready(url)).status === 200);
});
