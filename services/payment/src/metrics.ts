import type { SqlClient } from '@outrider/service-kit/database';
import type { Metrics } from '@outrider/service-kit/metrics';
import { Counter, Gauge } from 'prom-client';
import type { RunnerObserver } from './commands/attempt-runner.js';
import { countInDoubt } from './persistence/statements/count-in-doubt.js';
import type { LedgerObserver } from './commands/check-ledger.js';

/** What the payment service tells of its attempts. The number in doubt is the database's, the same from every replica. */
export function paymentMetrics({ registry }: Metrics, sql: () => SqlClient): RunnerObserver {
  const attempts = new Counter({
    name: 'payment_attempts_total',
    help: 'Requests to the provider by what came of them; fenced: the answer came after another process took over',
    labelNames: ['outcome'],
    registers: [registry],
  });
  const events = new Counter({
    name: 'payment_provider_events_total',
    help: 'Genuine webhooks of the provider by what came of them',
    labelNames: ['outcome'],
    registers: [registry],
  });
  const inDoubt = new Gauge({
    name: 'payment_in_doubt',
    help: 'Payments of which it is not known whether the provider did what it was asked',
    registers: [registry],
    async collect() {
      inDoubt.set(await countInDoubt(sql()).catch(() => Number.NaN));
    },
  });
  return {
    attempt: (outcome, count) => attempts.inc({ outcome }, count),
    event: (outcome) => events.inc({ outcome }),
  };
}

/** What this process's share of the check of the provider's ledger costs, and came upon. */
export function ledgerMetrics({ registry }: Metrics): LedgerObserver {
  const requests = new Counter({
    name: 'payment_ledger_requests_total',
    help: 'Requests to the provider to read its ledger',
    labelNames: ['kind'],
    registers: [registry],
  });
  const found = new Counter({
    name: 'payment_ledger_found_total',
    help: 'Differences between the ledger of the provider and the payments that were found; books_difference has those that stand',
    labelNames: ['kind'],
    registers: [registry],
  });
  return {
    request: (kind) => requests.inc({ kind }),
    found: (kind) => found.inc({ kind }),
  };
}
