import { observeCredentials } from '@outrider/connections';
import { repeat } from '@outrider/service-kit/background';
import { Health, startAdminServer } from '@outrider/service-kit/health';
import type { Logger } from '@outrider/service-kit/logging';
import { createMetrics } from '@outrider/service-kit/metrics';
import type { Closing } from '@outrider/service-kit/process';
import { BooksMetrics } from './books-metrics.js';
import { BOOK_KEEPERS, closeDatabases, openDatabases } from './check/databases.js';
import { Reconciler } from './check/reconciler.js';
import { reconcilerSettings, type ReconcilerConfig } from './config.js';

/**
 * Checks the books from time to time. A database that is down makes a round fail, and nothing else: what was found
 * stays, and the time of the last check grows old.
 * @returns what to close, in this order
 * @throws the listen error when the admin port is taken
 */
export async function startReconciler(config: ReconcilerConfig, log: Logger): Promise<Closing[]> {
  const metrics = createMetrics('reconciler');
  observeCredentials(metrics.registry, log);
  const books = new BooksMetrics(metrics.registry);
  const databases = openDatabases(config.databases, config.CONNECTION_MAX_AGE_MS);
  const reconciler = new Reconciler(databases, reconcilerSettings(config));
  const health = new Health(
    BOOK_KEEPERS.map((name) => ({
      name: `database ${name}`,
      check: async () => {
        await databases[name].snapshot((query) => query('SELECT 1'));
      },
    })),
  );
  const admin = await startAdminServer({
    host: config.HOST,
    port: config.ADMIN_PORT,
    health,
    metrics: metrics.registry,
  });
  const rounds = repeat('check of the books', config.RECONCILE_EVERY_MS, log, async () => {
    const found = await reconciler.round();
    books.show(reconciler.differences, Date.now(), reconciler.ledgerCheckedAt);
    for (const difference of found) log.error({ difference }, 'the books differ');
  });
  return [
    { name: 'readiness', close: () => Promise.resolve(health.close()) },
    { name: 'rounds', close: () => rounds.close() },
    { name: 'databases', close: () => closeDatabases(databases) },
    { name: 'admin server', close: () => admin.close() },
  ];
}
