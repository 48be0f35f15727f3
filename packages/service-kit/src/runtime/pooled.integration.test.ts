import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freshDatabase, OwnPgBouncer } from '@outrider/testkit';
import { echoService } from '../testing/echo-service.js';
import { startTestService } from '../testing/index.js';

const version = await OwnPgBouncer.version();

(version === undefined ? describe.skip : describe)('DATABASE_POOLED (needs PgBouncer)', () => {
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  beforeAll(async () => {
    database = await freshDatabase('pooled');
  });
  afterAll(() => database.drop());

  const start = (url: string, pooled: string) =>
    startTestService(echoService, { env: { DATABASE_URL: url, DATABASE_POOLED: pooled } });

  test('F39 a service does not start behind a pooler that forgets its prepared statements, and says so by name', async () => {
    await using pooler = await OwnPgBouncer.open(database.url, {
      pool_mode: 'transaction',
      ...(version === '1.18.0' ? {} : { max_prepared_statements: 0 }),
    });
    await expect(start(pooler.url, 'true')).rejects.toThrow(/^the database is reached through .*PgBouncer 1\.21/u);
  });

  test('it starts behind one that keeps them, to which it sends no settings', async () => {
    await using pooler = await OwnPgBouncer.open(database.url, { pool_mode: 'session', default_pool_size: 50 });
    await expect(start(pooler.url, 'false')).rejects.toThrow('unsupported startup parameter');
    const service = await start(pooler.url, 'true');
    const ready = await fetch(`${service.adminUrl}/readyz`);
    expect(await ready.json()).toMatchObject({ checks: { database: 'ok', schema: 'ok' } });
    await service.close();
  });
});
