/** A cause of an alert and health without it, as series of a Prometheus; values in promtool's notation, a step each 15 s. */
export interface AlertCase {
  readonly alert: string;
  /** minutes after which it must fire */
  readonly minutes: number;
  /** by series, without `instance`, which a restart changes */
  readonly bad: Readonly<Record<string, string>>;
  readonly good: Readonly<Record<string, string>>;
}

const database = '{database="order"}';
const consumer = 'consumer="outrider.order",topic="order-event"';
const started = 'saga_started_total{started_version="1"}';
const inTime = 'saga_duration_seconds_bucket{outcome="COMPLETED",le="60"}';
const answered = (status: string): string =>
  `http_request_duration_seconds_count{route="/orders",method="POST",status="${status}"}`;

/** What is said of a series: its metric, and the values it has when an alert must fire and when it must not. */
function gauge(alert: string, minutes: number, series: string, bad: string, good: string): AlertCase {
  return { alert, minutes, bad: { [series]: bad }, good: { [series]: good } };
}

export const ALERT_CASES: readonly AlertCase[] = [
  gauge('OutriderOutboxAge', 4, `outbox_oldest_unpublished_age_seconds${database}`, '120', '3'),
  {
    alert: 'OutriderShardsUnowned',
    minutes: 4,
    bad: { [`outbox_unpublished_events${database}`]: '5' },
    good: { [`outbox_unpublished_events${database}`]: '5', 'outbox_shards_owned{database="order",worker="w"}': '64' },
  },
  gauge('OutriderOutboxDeadLetters', 3, `outbox_dead_letters${database}`, '1', '0'),
  gauge(
    'OutriderConnectionsRefused',
    3,
    'outbox_connections_refused_total{database="order",reason="login"}',
    '0+1',
    '0',
  ),
  gauge('OutriderConnectionsRefused', 3, 'database_connections_refused_total{job="order",reason="login"}', '0+1', '0'),
  gauge('OutriderInboxDeadLetters', 3, `inbox_dead_letters{${consumer}}`, '2', '0'),
  gauge('OutriderDeadLettersGrow', 14, `inbox_dead_letters{${consumer}}`, '0+1', '7'),
  gauge('OutriderConsumerBehind', 12, `inbox_lag_events{${consumer}}`, '5000', '40'),
  gauge('OutriderConsumerNotJoined', 4, 'kafka_group_joined{consumer="outrider.order"}', '0', '1'),
  gauge('OutriderOrdersOverdue', 7, 'saga_overdue{started_version="1"}', '3', '0'),
  gauge('OutriderPaymentsInDoubt', 3, 'payment_oldest_in_doubt_age_seconds', '900', '20'),
  gauge('OutriderBooksDiffer', 3, 'books_difference{kind="stock_shown"}', '1', '0'),
  gauge('OutriderBooksNotChecked', 45, 'books_checked_timestamp_seconds', '1', '0+15'),
  {
    alert: 'OutriderErrorBudgetFast',
    minutes: 6,
    bad: { [started]: '0+15', [inTime]: '0+10' },
    good: { [started]: '0+15', [inTime]: '0+15' },
  },
  {
    alert: 'OutriderErrorBudgetFast',
    minutes: 6,
    bad: { [answered('201')]: '0+100', [answered('500')]: '0+5' },
    good: { [answered('201')]: '0+100', [answered('500')]: '0' },
  },
  {
    alert: 'OutriderErrorBudgetSlow',
    minutes: 30,
    bad: { [started]: '0+100', [inTime]: '0+95' },
    good: { [started]: '0+100', [inTime]: '0+100' },
  },
  gauge('OutriderDaysRunOut', 13, `outbox_days_ahead${database}`, '3', '7'),
  gauge('OutriderDaysRunOut', 13, `inbox_days_ahead${database}`, '3', '7'),
  gauge('OutriderDefaultPartition', 13, `outbox_default_partition_rows${database}`, '2', '0'),
  gauge('OutriderCredentialUnreadable', 3, 'credential_reads_total{job="order",file="f",outcome="failed"}', '0+1', '0'),
  gauge('OutriderDatabaseUnread', 6, `metrics_read_failures_total${database}`, '0+1', '0'),
  gauge('OutriderPartitionsUnexpected', 3, 'kafka_topic_partitions_unexpected{topic="order-event"}', '3', '0'),
  gauge('OutriderOperatorNotLeading', 7, 'operator_leader{namespace="shop"}', '0', '1'),
  ...(['failed', 'refused'] as const).map((outcome): AlertCase => {
    const series = `operator_reconciles_total{kind="CommerceService",outcome="${outcome}"}`;
    const done = 'operator_reconciles_total{kind="CommerceService",outcome="done"}';
    return {
      alert: outcome === 'failed' ? 'OutriderOperatorFailing' : 'OutriderOperatorRefused',
      minutes: 32,
      bad: { [series]: '0+1', [done]: '0+4' },
      good: { [series]: '0', [done]: '0+4' },
    };
  }),
  gauge(
    'OutriderRolloutStalled',
    4,
    'operator_stalled{kind="CommerceService",resource_namespace="shop",resource="order",reason="WorseThanStable"}',
    '1',
    '0',
  ),
  ...Object.entries({
    order: started,
    inventory: 'stock_rejected_total',
    payment: 'payment_attempts_total{outcome="record"}',
    product: 'product_cache_hits_total',
    'outbox-worker': 'outbox_shards_owned{database="order",worker="w"}',
    reconciler: 'books_checked_timestamp_seconds',
  }).map(([process, series]): AlertCase => ({
    alert: `OutriderMetricsMissing",process="${process}`,
    minutes: 7,
    bad: {},
    good: { [series]: '64' },
  })),
];
