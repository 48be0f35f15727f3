import { readLag } from '@outrider/outbox';
import { Gauge, type Registry } from 'prom-client';
import type { SqlClient } from '../database/index.js';

/**
 * The service's own view of its outbox, read from the database at each scrape: it is right even when no worker lives.
 * When the database cannot be asked, the last numbers are dropped rather than shown as if they were new.
 */
export function outboxMetrics(registry: Registry, database: string, pool: SqlClient): void {
  const backlog = new Gauge({
    name: 'outbox_unpublished_events',
    help: 'Events committed and not yet acknowledged by the broker',
    labelNames: ['database'],
    registers: [registry],
  });
  const age = new Gauge({
    name: 'outbox_oldest_unpublished_age_seconds',
    help: 'Age of the oldest event not yet acknowledged by the broker; 0 when there is none',
    labelNames: ['database'],
    registers: [registry],
    async collect() {
      const lag = await readLag(pool).catch(() => undefined);
      age.reset();
      backlog.reset();
      if (lag === undefined) return;
      backlog.set({ database }, lag.pending);
      age.set(
        { database },
        lag.oldestPending === null ? 0 : Math.max(0, (Date.now() - lag.oldestPending.getTime()) / 1_000),
      );
    },
  });
}
