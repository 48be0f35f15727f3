import type { Alert, RuleGroup } from './rule.js';

const V = '{{ $value | humanize }}';
const DURATION = '{{ $value | humanizeDuration }}';
const PERCENT = '{{ $value | humanizePercentage }}';

const outbox: readonly Alert[] = [
  {
    alert: 'OutriderOutboxAge',
    expr: 'outrider:outbox_age_seconds:max > 60 unless on (namespace, database) outrider:replay_age_seconds:max > 0',
    for: '2m',
    severity: 'critical',
    summary: 'Events of {{ $labels.database }} do not reach Kafka',
    description: `The oldest unpublished event of {{ $labels.database }} was written ${DURATION} ago. Orders wait for it.`,
  },
  {
    alert: 'OutriderShardsUnowned',
    expr: 'outrider:shards_owned:sum < 64',
    for: '2m',
    severity: 'critical',
    summary: 'Nobody relays some events of {{ $labels.database }}',
    description: `Workers hold ${V} of the 64 shards of {{ $labels.database }}; the events of the others wait.`,
  },
  {
    alert: 'OutriderOutboxDeadLetters',
    expr: 'outrider:dead_letters:max{box="outbox"} > 0',
    for: '1m',
    severity: 'warning',
    summary: 'The outbox of {{ $labels.database }} has dead letters',
    description: `${V} events of {{ $labels.database }} are parked for good. What they are about does not go on.`,
  },
  {
    alert: 'OutriderConnectionsRefused',
    expr: 'sum by (namespace, database, reason) (increase(outbox_connections_refused_total[10m])) > 0 or sum by (namespace, job, reason) (increase(database_connections_refused_total[10m])) > 0',
    for: '0m',
    severity: 'critical',
    summary: 'A database refuses {{ $labels.job }}{{ $labels.database }}: {{ $labels.reason }}',
    description: `${V} connections were refused in ten minutes because of {{ $labels.reason }}; that does not end by itself.`,
  },
];

const inbox: readonly Alert[] = [
  {
    alert: 'OutriderInboxDeadLetters',
    expr: 'outrider:dead_letters:max{box="inbox"} > 0',
    for: '1m',
    severity: 'warning',
    summary: '{{ $labels.consumer }} could not handle messages of {{ $labels.topic }}',
    description: `${V} messages of {{ $labels.topic }} are parked for good. What they are about does not go on.`,
  },
  {
    alert: 'OutriderDeadLettersGrow',
    expr: 'delta(outrider:dead_letters:max[15m]) > 10',
    for: '5m',
    severity: 'critical',
    summary: 'Dead letters grow: {{ $labels.database }}{{ $labels.consumer }} {{ $labels.topic }}',
    description: `${V} more dead letters than 15 minutes ago: it is not one bad event, but a kind of event.`,
  },
  {
    alert: 'OutriderConsumerBehind',
    expr: 'last_over_time(outrider:inbox_lag_events:sum[3m]) > 1000',
    for: '10m',
    severity: 'warning',
    summary: '{{ $labels.consumer }} is behind on {{ $labels.topic }}',
    description: `${V} events of {{ $labels.topic }} wait to be handled, for ten minutes already.`,
  },
  {
    alert: 'OutriderConsumerNotJoined',
    expr: 'max by (namespace, consumer) (last_over_time(kafka_group_joined[3m])) == 0',
    for: '2m',
    severity: 'critical',
    summary: '{{ $labels.consumer }} reads nothing',
    description: 'No process of {{ $labels.consumer }} is a member of its consumer group.',
  },
];

const business: readonly Alert[] = [
  {
    alert: 'OutriderOrdersOverdue',
    expr: 'outrider:sagas_overdue:max > 0',
    for: '5m',
    severity: 'warning',
    summary: 'Orders that version {{ $labels.started_version }} accepted are stuck',
    description: `${V} orders are open for longer than their step allows.`,
  },
  {
    alert: 'OutriderPaymentsInDoubt',
    expr: 'outrider:payments_in_doubt_age_seconds:max > 600',
    for: '1m',
    severity: 'critical',
    summary: 'The provider does not say what became of payments',
    description: `It is not known for ${DURATION} whether the provider did what it was asked.`,
  },
  {
    alert: 'OutriderBooksDiffer',
    expr: 'outrider:books_differences:max > 0',
    for: '1m',
    severity: 'critical',
    summary: 'The books differ: {{ $labels.kind }}',
    description: `${V} differences of kind {{ $labels.kind }} between orders, stock, payments and the provider.`,
  },
  {
    alert: 'OutriderBooksNotChecked',
    expr: 'time() - outrider:books_checked_timestamp_seconds:max > 1800',
    for: '10m',
    severity: 'warning',
    summary: 'The books are not checked',
    description: `The last check of the books ended ${DURATION} ago. A difference would not be seen.`,
  },
];

/** A burn rate: how many times faster than allowed the errors of a window use up what an objective leaves. */
function burning(long: string, short: string, factor: number): string {
  const over = (window: string): string =>
    `outrider:slo_errors:ratio_rate${window} > on (slo) group_left ${factor} * (1 - outrider:slo:objective)`;
  return `${over(long)} and on (namespace, slo) ${over(short)}`;
}

const slos: readonly Alert[] = [
  {
    alert: 'OutriderErrorBudgetFast',
    expr: burning('1h', '5m', 14.4),
    for: '2m',
    severity: 'critical',
    summary: 'Customers feel it now: too many {{ $labels.slo }} fail',
    description: `${PERCENT} of {{ $labels.slo }} failed or were late in the last hour: two per cent of a month’s allowance in one hour.`,
  },
  {
    alert: 'OutriderErrorBudgetSlow',
    expr: burning('6h', '30m', 6),
    for: '15m',
    severity: 'warning',
    summary: 'Too many {{ $labels.slo }} fail, for hours',
    description: `${PERCENT} of {{ $labels.slo }} failed or were late in the last six hours: five per cent of a month’s allowance.`,
  },
];

const upkeep: readonly Alert[] = [
  {
    alert: 'OutriderDaysRunOut',
    expr: 'outrider:days_ahead:max < 4',
    for: '10m',
    severity: 'warning',
    summary: 'No new days for the {{ $labels.box }} of {{ $labels.database }}',
    description: `There are partitions for ${V} more days; seven are kept. Creating them has failed for days.`,
  },
  {
    alert: 'OutriderDefaultPartition',
    expr: 'max by (namespace, database) (last_over_time(outbox_default_partition_rows[3m])) > 0',
    for: '10m',
    severity: 'warning',
    summary: 'Events of {{ $labels.database }} lie in the default partition',
    description: `${V} events had no day to lie in. They are sent all the same, but days cannot be added past them for free.`,
  },
  {
    alert: 'OutriderCredentialUnreadable',
    expr: 'sum by (namespace, job, file) (increase(credential_reads_total{outcome="failed"}[10m])) > 0',
    for: '0m',
    severity: 'warning',
    summary: '{{ $labels.job }} cannot use {{ $labels.file }}',
    description: `${V} reads in ten minutes failed. The last good credential is used until it expires.`,
  },
  {
    alert: 'OutriderDatabaseUnread',
    expr: 'sum by (namespace, database) (increase(metrics_read_failures_total[5m])) > 3',
    for: '2m',
    severity: 'warning',
    summary: 'Scrapes cannot read the database of {{ $labels.database }}',
    description: `${V} reads failed in five minutes: lag, dead letters and books of {{ $labels.database }} are not known.`,
  },
  {
    alert: 'OutriderPartitionsUnexpected',
    expr: 'max by (namespace, topic) (last_over_time(kafka_topic_partitions_unexpected[3m])) != 0',
    for: '1m',
    severity: 'warning',
    summary: '{{ $labels.topic }} has another number of partitions than its keys are spread over',
    description: `${V} partitions more (or fewer, below 0) than in the contracts.`,
  },
];

/** A metric that no other process has, so that the name of a scrape’s job does not matter. */
const OWN_METRIC = {
  order: 'saga_started_total',
  inventory: 'stock_rejected_total',
  payment: 'payment_attempts_total',
  product: 'product_cache_hits_total',
  'outbox-worker': 'outbox_shards_owned',
  reconciler: 'books_checked_timestamp_seconds',
};

const missing = Object.entries(OWN_METRIC).map(([process, metric]): Alert => ({
  alert: 'OutriderMetricsMissing',
  expr: `absent(${metric})`,
  for: '5m',
  severity: 'critical',
  labels: { process },
  summary: `No ${process} is scraped`,
  description: `No process shows ${metric}: either no ${process} runs, or none is scraped. Nothing else is known of it.`,
}));

export const alertGroups: readonly RuleGroup[] = [
  { name: 'outrider-outbox', rules: outbox },
  { name: 'outrider-inbox', rules: inbox },
  { name: 'outrider-business', rules: business },
  { name: 'outrider-error-budgets', rules: slos },
  { name: 'outrider-upkeep', rules: upkeep },
  { name: 'outrider-missing', rules: missing },
];
