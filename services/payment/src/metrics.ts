import type { SqlClient } from '@outrider/service-kit/database';
import type { Metrics } from '@outrider/service-kit/metrics';
import { Counter, Gauge } from 'prom-client';
import type { RunnerObserver } from './commands/attempt-runner.js';
import { countInDoubt } from './persistence/statements/count-in-doubt.js';
import type { LedgerObserver } from './commands/check-ledger.js';

/** Counts attempts and provider events. The number in doubt is read from the database, the same from every replica. */
export function paymentMetrics({ registry }: Metrics, sql: () => SqlClient): RunnerObserver {
  const attempts = new Counter({
    name: 'payment_attempts_total',
    help: 'Requests to the provider by outcome; fenced: the answer came after another process had claimed the attempt',
    labelNames: ['outcome'],
    registers: [registry],
  });
  const events = new Counter({
    name: 'payment_provider_events_total',
    help: 'Genuine webhooks of the provider by outcome',
    labelNames: ['outcome'],
    registers: [registry],
  });
  const inDoubt = new Gauge({
    name: 'payment_in_doubt',
    help: 'Payments in doubt: not known yet whether the provider did what it was asked',
    registers: [registry],
    async collect() {
      inDoubt.set(await countInDoubt(sql()).catch(() => Number.NaN));
    },
  });
  return {
    attempt: (outcome) => attempts.inc({ outcome }),
    event: (outcome) => events.inc({ outcome }),
  };
}

/** Counts what this process requests and finds when it checks the provider's ledger. */
export function ledgerMetrics({ registry }: Metrics): LedgerObserver {
  const requests = new Counter({
    name: 'payment_ledger_requests_total',
    help: 'Requests to the provider to read its ledger',
    labelNames: ['kind'],
    registers: [registry],
  });
  const found = new Counter({
    name: 'payment_ledger_found_total',
    help: 'Differences found between the provider’s ledger and the payments; books_difference shows those that remain',
    labelNames: ['kind'],
    registers: [registry],
  });
  return {
    request: (kind) => requests.inc({ kind }),
    found: (kind) => found.inc({ kind }),
  };
}
