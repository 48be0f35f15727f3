import type { RecordingRule, RuleGroup } from './rule.js';

/** What customers are promised. The chart has values for the objectives; for plain files change them here and make them again. */
export const SLOS = {
  /** of accepted orders, those that reach their end within `seconds`; a bound of saga_duration_seconds */
  orders: { objective: 0.995, seconds: 60 },
  /** of requests to the public ports, those that are answered without 5xx */
  requests: { objective: 0.999 },
} as const;

/** Windows of the burn rates: a fast pair and a slow pair. */
export const WINDOWS = ['5m', '30m', '1h', '6h'] as const;

/**
 * What every process reads from the same database is the largest of what they show, never the sum. A value counts for three
 * minutes after its process has gone, so that a restart of the only one clears no alert.
 */
function largest(record: string, metric: string, by: string, labels?: Record<string, string>): RecordingRule {
  const expr = `max by (${['namespace', by].filter((label) => label !== '').join(', ')}) (last_over_time(${metric}[3m]))`;
  return labels === undefined ? { record, expr } : { record, expr, labels };
}

const readings: readonly RecordingRule[] = [
  largest('outrider:outbox_age_seconds:max', 'outbox_oldest_unpublished_age_seconds', 'database'),
  largest('outrider:outbox_unpublished_events:max', 'outbox_unpublished_events', 'database'),
  largest('outrider:dead_letters:max', 'outbox_dead_letters', 'database', { box: 'outbox' }),
  largest('outrider:dead_letters:max', 'inbox_dead_letters', 'consumer, topic', { box: 'inbox' }),
  largest('outrider:replay_age_seconds:max', 'outbox_oldest_replay_age_seconds', 'database'),
  largest('outrider:days_ahead:max', 'outbox_days_ahead', 'database', { box: 'outbox' }),
  largest('outrider:days_ahead:max', 'inbox_days_ahead', 'database', { box: 'inbox' }),
  largest('outrider:sagas_in_step:max', 'saga_in_step', 'step'),
  largest('outrider:sagas_overdue:max', 'saga_overdue', 'started_version'),
  largest('outrider:payments_in_doubt:max', 'payment_in_doubt', ''),
  largest('outrider:payments_in_doubt_age_seconds:max', 'payment_oldest_in_doubt_age_seconds', ''),
  largest('outrider:books_differences:max', 'books_difference', 'kind'),
  largest('outrider:books_checked_timestamp_seconds:max', 'books_checked_timestamp_seconds', ''),
];

const sums: readonly RecordingRule[] = [
  {
    record: 'outrider:shards_owned:sum',
    // a database without any worker has no series of its own
    expr: 'sum by (namespace, database) (outbox_shards_owned) or 0 * outrider:outbox_unpublished_events:max',
  },
  { record: 'outrider:inbox_lag_events:sum', expr: 'sum by (namespace, consumer, topic) (inbox_lag_events)' },
  {
    record: 'outrider:orders:rate5m',
    expr: 'sum by (namespace, outcome, started_version) (rate(saga_finished_total[5m]))',
  },
  {
    record: 'outrider:orders_started:rate5m',
    expr: 'sum by (namespace, started_version) (rate(saga_started_total[5m]))',
  },
  { record: 'outrider:published:rate5m', expr: 'sum by (namespace, database) (rate(outbox_published_total[5m]))' },
];

const PUBLIC = 'route!~"/livez|/readyz"';

const slos: readonly RecordingRule[] = [
  { record: 'outrider:slo:objective', expr: `vector(${SLOS.orders.objective})`, labels: { slo: 'orders' } },
  { record: 'outrider:slo:objective', expr: `vector(${SLOS.requests.objective})`, labels: { slo: 'requests' } },
  ...WINDOWS.flatMap((window): RecordingRule[] => [
    {
      record: `outrider:slo_errors:ratio_rate${window}`,
      // by those accepted, so that orders that never end are errors too
      expr: `clamp_min(1 - sum by (namespace) (rate(saga_duration_seconds_bucket{le="${SLOS.orders.seconds}"}[${window}])) / (sum by (namespace) (rate(saga_started_total[${window}])) > 0), 0)`,
      labels: { slo: 'orders' },
    },
    {
      record: `outrider:slo_errors:ratio_rate${window}`,
      expr: `sum by (namespace) (rate(http_request_duration_seconds_count{status=~"5..",${PUBLIC}}[${window}])) / (sum by (namespace) (rate(http_request_duration_seconds_count{${PUBLIC}}[${window}])) > 0)`,
      labels: { slo: 'requests' },
    },
  ]),
];

export const recordingGroups: readonly RuleGroup[] = [
  { name: 'outrider-readings', rules: readings },
  { name: 'outrider-sums', rules: sums },
  { name: 'outrider-slos', rules: slos },
];
