import type { SqlClient } from '@outrider/common';
import { readLag, type OutboxLag } from '@outrider/outbox';
import { Gauge, type Registry } from 'prom-client';

/** Concurrent scrapes share one statement. */
const FRESH_MS = 1_000;
/** A scrape does not wait longer for a database that does not answer. */
const WAIT_MS = 1_500;

/** What is not yet sent, read from the databases at each scrape; a database that does not answer is left out. */
export function lagMetrics(registry: Registry, databases: readonly { name: string; pool: SqlClient }[]): void {
  const readers = databases.map(({ name, pool }) => ({ database: name, read: fresh(pool) }));
  const gauge = (name: string, help: string, valueOf: (lag: OutboxLag) => number): void => {
    const metric = new Gauge({
      name,
      help,
      labelNames: ['database'],
      registers: [registry],
      async collect() {
        const lags = await Promise.all(readers.map(async ({ database, read }) => ({ database, lag: await read() })));
        metric.reset();
        for (const { database, lag } of lags) if (lag !== undefined) metric.set({ database }, valueOf(lag));
      },
    });
  };
  gauge(
    'outbox_oldest_unpublished_age_seconds',
    'Age of the oldest event not yet acknowledged by the broker; 0 when there is none',
    ({ oldestPending }) => (oldestPending === null ? 0 : Math.max(0, (Date.now() - oldestPending.getTime()) / 1_000)),
  );
  gauge(
    'outbox_unpublished_events',
    'Events committed and not yet acknowledged by the broker; 100001 means more than 100000',
    ({ pending }) => pending,
  );
  gauge(
    'outbox_dead_letters',
    'Parked events, which wait for an operator; 100001 means more than 100000',
    ({ deadEvents }) => deadEvents,
  );
  gauge('outbox_dead_letters_keys', 'Parked keys, which wait for an operator', ({ deadKeys }) => deadKeys);
  gauge(
    'outbox_retrying_keys',
    'Keys whose events failed and are retried automatically',
    ({ retryingKeys }) => retryingKeys,
  );
}

function fresh(pool: SqlClient): () => Promise<OutboxLag | undefined> {
  let reading: Promise<OutboxLag | undefined> | undefined;
  let readAtMs = 0;
  return () => {
    if (reading === undefined || Date.now() - readAtMs > FRESH_MS) {
      readAtMs = Date.now();
      reading = inTime(readLag(pool));
    }
    return reading;
  };
}

async function inTime(lag: Promise<OutboxLag>): Promise<OutboxLag | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), WAIT_MS);
  });
  try {
    return await Promise.race([lag.catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}
