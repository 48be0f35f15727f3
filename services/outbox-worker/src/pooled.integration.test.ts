import { describe, expect, test } from '@jest/globals';
import { createLogger } from '@outrider/service-kit/logging';
import { stopStages } from '@outrider/service-kit/process';
import { freePort, freshDatabase, OwnPgBouncer, sharedInfra } from '@outrider/testkit';
import { readWorkerConfig } from './config.js';
import { startWorker } from './start-worker.js';

const version = await OwnPgBouncer.version();
const log = createLogger('outbox-worker', 'silent');

(version === undefined ? describe.skip : describe)('DATABASE_POOLED (needs PgBouncer)', () => {
  test('F39 the worker does not start behind a pooler that forgets its prepared statements, and names the database', async () => {
    const database = await freshDatabase('pooled');
    await using pooler = await OwnPgBouncer.open(database.url, {
      pool_mode: 'transaction',
      ...(version === '1.18.0' ? {} : { max_prepared_statements: 0 }),
    });
    const { brokers } = await sharedInfra();
    const config = async (urls: string) =>
      readWorkerConfig({
        DATABASE_URLS: urls,
        DATABASE_POOLED: 'true',
        KAFKA_BROKERS: brokers.join(','),
        HOST: '127.0.0.1',
        ADMIN_PORT: String(await freePort()),
      });
    const refused = startWorker(await config(`payment=${database.url},order=${pooler.url}`), log);
    await expect(refused).rejects.toThrow(/^database order is reached through .*PgBouncer 1\.21/u);
    // one that is down delays nothing
    const stages = await startWorker(await config('order=postgres://127.0.0.1:1/x'), log);
    await stopStages(stages, log);
    await database.drop();
  });
});
