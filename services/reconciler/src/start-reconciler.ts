import { observeCredentials } from '@outrider/connections';
import { repeat, type Background } from '@outrider/service-kit/background';
import { createAdminServer, Health } from '@outrider/service-kit/health';
import type { Logger } from '@outrider/service-kit/logging';
import { createMetrics } from '@outrider/service-kit/metrics';
import { RightsCheck } from '@outrider/service-kit/roles';
import { startStages, type Stage } from '@outrider/service-kit/process';
import { BooksMetrics } from './books-metrics.js';
import { BOOK_KEEPERS, closeDatabases, openDatabases } from './check/databases.js';
import { Reconciler } from './check/reconciler.js';
import { reconcilerSettings, type ReconcilerConfig } from './config.js';

/**
 * Checks the books in rounds. A database that is down makes a round fail, and nothing else: the differences found stay,
 * and the time of the last check grows old.
 * @returns its stages, started
 * @throws the listen error when the admin port is taken
 */
export async function startReconciler(config: ReconcilerConfig, log: Logger): Promise<readonly Stage[]> {
  const metrics = createMetrics(config.APP_VERSION);
  observeCredentials(metrics.registry, log);
  const books = new BooksMetrics(metrics.registry);
  const databases = openDatabases(config.databases, config.CONNECTION_MAX_AGE_MS);
  const reconciler = new Reconciler(databases, reconcilerSettings(config));
  const health = new Health(
    BOOK_KEEPERS.map((name) => {
      const rights = new RightsCheck(databases[name], 'reader');
      return {
        name: `database ${name}`,
        check: async () => {
          await databases[name].query('SELECT 1');
          await rights.check();
        },
      };
    }),
  );
  const check = async (): Promise<void> => {
    const found = await reconciler.round();
    books.show(reconciler.differences, Date.now(), reconciler.ledgerCheckedAt);
    for (const difference of found) log.error({ difference }, 'the books differ');
  };
  const admin = createAdminServer(health, metrics.registry);
  let rounds: Background | undefined;
  const stages: readonly Stage[] = [
    {
      name: 'admin port',
      start: () => admin.listen({ host: config.HOST, port: config.ADMIN_PORT }),
      stop: () => admin.close(),
    },
    { name: 'databases', stop: () => closeDatabases(databases) },
    {
      name: 'checks of the books',
      start: () => void (rounds = repeat('check of the books', config.RECONCILE_EVERY_MS, log, check)),
      stop: () => rounds?.close(),
    },
    { name: 'readiness', stop: () => health.close() },
  ];
  await startStages(stages, log);
  return stages;
}
