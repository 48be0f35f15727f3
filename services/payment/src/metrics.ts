import { BOOK_DIFFERENCE_KINDS } from '@outrider/contracts';
import type { SqlClient } from '@outrider/service-kit/database';
import { counter, readGauge, type Metrics, type Readings } from '@outrider/service-kit/metrics';
import type { RunnerObserver } from './commands/attempt-runner.js';
import type { LedgerObserver } from './commands/check-ledger.js';
import { readInDoubt } from './persistence/statements/read-in-doubt.js';

/** Counts attempts and provider events. */
export function paymentMetrics({ registry }: Metrics): RunnerObserver {
  const attempts = counter(registry, {
    name: 'payment_attempts_total',
    help: 'Requests to the provider by outcome; fenced: the answer came after another process had claimed the attempt',
    labels: { outcome: ['record', 'refused', 'unanswered', 'declined', 'fenced'] },
  });
  const events = counter(registry, {
    name: 'payment_provider_events_total',
    help: 'Genuine webhooks of the provider by outcome',
    labels: { outcome: ['applied', 'nothing-new', 'seen-before'] },
  });
  return {
    attempt: (outcome) => attempts.inc({ outcome }),
    event: (outcome) => events.inc({ outcome }),
  };
}

/** The payments in doubt, read from the database at each scrape. */
export function inDoubtMetrics({ registry }: Metrics, readings: Readings, sql: () => SqlClient): void {
  const found = readings.of('payment', () => readInDoubt(sql()));
  readGauge(registry, [found], {
    name: 'payment_in_doubt',
    help: 'Payments in doubt: not known yet whether the provider did what it was asked',
    labels: [],
    addUp: 'max',
    rows: ({ payments }) => [[{}, payments] as const],
  });
  readGauge(registry, [found], {
    name: 'payment_oldest_in_doubt_age_seconds',
    help: 'Time since the oldest command was received of which it is in doubt whether the provider carried it out; 0 when there is none',
    labels: [],
    addUp: 'max',
    rows: ({ oldestAge }) => [[{}, oldestAge] as const],
  });
}

/** Counts what this process requests and finds when it checks the provider's ledger. */
export function ledgerMetrics({ registry }: Metrics): LedgerObserver {
  const requests = counter(registry, {
    name: 'payment_ledger_requests_total',
    help: 'Requests to the provider to read its ledger',
    labels: { kind: ['list', 'lookup'] },
  });
  const found = counter(registry, {
    name: 'payment_ledger_found_total',
    help: 'Differences found between the provider’s ledger and the payments; books_difference shows those that remain',
    labels: { kind: BOOK_DIFFERENCE_KINDS.filter((kind) => kind.startsWith('charge_')) },
  });
  return {
    request: (kind) => requests.inc({ kind }),
    found: (kind) => found.inc({ kind }),
  };
}
