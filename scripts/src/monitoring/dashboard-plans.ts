import { NS, one, quantile, type DashboardPlan } from './panel.js';

const rate = (metric: string, by: string, filter = ''): string =>
  `sum by (${by}) (rate(${metric}{${NS}${filter}}[$__rate_interval]))`;

const orders: DashboardPlan = {
  uid: 'outrider-orders',
  title: 'Outrider: orders',
  description: 'What customers feel: how many orders are placed, how they end, how long it takes, and which are stuck',
  panels: [
    {
      title: 'Errors of the objectives, last hour',
      description:
        'Orders that did not end in 60 s and requests answered with 5xx, as a part of all. Allowed over a month: 0.5 % and 0.1 %',
      unit: 'percentunit',
      queries: one(`outrider:slo_errors:ratio_rate1h{${NS}}`, '{{slo}}'),
      runbook: 'OutriderErrorBudgetFast',
    },
    {
      title: 'Orders accepted',
      description: 'By the version that accepted them',
      unit: 'ops',
      queries: one(rate('saga_started_total', 'started_version'), '{{started_version}}'),
    },
    {
      title: 'Orders ended',
      description: 'By outcome and by the version that accepted them',
      unit: 'ops',
      queries: one(rate('saga_finished_total', 'outcome, started_version'), '{{outcome}} {{started_version}}'),
    },
    {
      title: 'Time to the end',
      description: 'From acceptance to the end of an order, whatever the end',
      unit: 's',
      queries: [
        { expr: quantile(0.5, 'saga_duration_seconds', ''), legend: 'median' },
        { expr: quantile(0.99, 'saga_duration_seconds', ''), legend: '99 %' },
      ],
      runbook: 'OutriderErrorBudgetSlow',
    },
    {
      title: 'Open orders by step',
      description: 'Read from the database, so the same from every replica: the largest counts',
      unit: 'short',
      queries: one(`outrider:sagas_in_step:max{${NS}}`, '{{step}}'),
      runbook: 'OutriderOrdersOverdue',
    },
    {
      title: 'Oldest order of each step',
      description: 'How long the order has been in its step that has been there longest',
      unit: 's',
      queries: one(`max by (step) (saga_oldest_in_step_age_seconds{${NS}})`, '{{step}}'),
      runbook: 'OutriderOrdersOverdue',
    },
    {
      title: 'Overdue orders',
      description: 'Open for longer than their step allows, by the version that accepted them. Health: 0',
      unit: 'short',
      queries: one(`outrider:sagas_overdue:max{${NS}}`, '{{started_version}}'),
      runbook: 'OutriderOrdersOverdue',
    },
    {
      title: 'Answers to orders',
      description:
        'Events of inventory, payment and a check that orders were moved on by, by kind and by the version that sent them',
      unit: 'ops',
      queries: one(
        rate('saga_answers_total', 'leg, answer, answered_version'),
        '{{leg}} {{answer}} {{answered_version}}',
      ),
    },
    {
      title: 'Orders that requests wait for',
      description: 'With wait_ms. Half of the connections of a process may wait; a further request is answered at once',
      unit: 'short',
      queries: one(`sum by (instance) (order_awaited{${NS}})`, '{{instance}}'),
    },
    {
      title: 'Calls of the check',
      description: 'Where a shop has bound a function as the check of its orders: its calls, by how they ended',
      unit: 'ops',
      queries: one(rate('order_check_calls_total', 'result'), '{{result}}'),
    },
    {
      title: 'Inputs ignored',
      description: 'Inputs that meant nothing in the step of their order: late, or sent again',
      unit: 'ops',
      queries: one(`${rate('saga_ignored_inputs_total', 'step, input')} > 0`, '{{step}} {{input}}'),
    },
  ],
};

const outbox: DashboardPlan = {
  uid: 'outrider-outbox',
  title: 'Outrider: outbox',
  description: 'Events on their way to Kafka: what waits, for how long, who sends it, what failed',
  panels: [
    {
      title: 'Age of the oldest event',
      description: 'The lag that a customer feels, read from the databases by their own clocks. Health: below 2 s',
      unit: 's',
      queries: one(`outrider:outbox_age_seconds:max{${NS}}`, '{{database}}'),
      runbook: 'OutriderOutboxAge',
    },
    {
      title: 'Backlog',
      description: 'Events committed and not acknowledged by Kafka; 100,001 means more',
      unit: 'short',
      queries: one(`outrider:outbox_unpublished_events:max{${NS}}`, '{{database}}'),
      runbook: 'OutriderOutboxAge',
    },
    {
      title: 'Published',
      description: 'Events acknowledged by Kafka and recorded as such',
      unit: 'ops',
      queries: one(rate('outbox_published_total', 'database'), '{{database}}'),
    },
    {
      title: 'Commit to acknowledgement',
      description: 'From an event’s creation to its acknowledgement, of a sample; by the clocks of writer and worker',
      unit: 's',
      queries: [
        { expr: quantile(0.5, 'outbox_commit_to_ack_seconds', 'database'), legend: '{{database}} median' },
        { expr: quantile(0.99, 'outbox_commit_to_ack_seconds', 'database'), legend: '{{database}} 99 %' },
      ],
    },
    {
      title: 'Shards by worker',
      description: 'Each database has 64; together the workers hold all',
      unit: 'short',
      queries: one(
        `sum by (database, worker, instance) (outbox_shards_owned{${NS}})`,
        '{{database}} {{worker}} {{instance}}',
      ),
      runbook: 'OutriderShardsUnowned',
    },
    {
      title: 'Takeovers',
      description: 'Shards taken from workers whose lease had expired: they died, or stood still',
      unit: 'ops',
      queries: one(rate('outbox_lease_takeovers_total', 'database'), '{{database}}'),
      runbook: 'OutriderShardsUnowned',
    },
    {
      title: 'Dead letters',
      description: 'Events that Kafka refuses for good, with those that wait behind them',
      unit: 'short',
      queries: one(`outrider:dead_letters:max{${NS},box="outbox"}`, '{{database}}'),
      runbook: 'OutriderOutboxDeadLetters',
    },
    {
      title: 'Failed requests to Kafka',
      description: 'By whose fault: the broker’s, the event’s, or unclear. Health: 0',
      unit: 'ops',
      queries: one(
        `${rate('outbox_publish_errors_total', 'database, fault, reason')} > 0`,
        '{{database}} {{fault}} {{reason}}',
      ),
    },
    {
      title: 'Duration of a request to Kafka',
      description: 'Until all in-sync replicas have it',
      unit: 's',
      queries: one(quantile(0.99, 'outbox_publish_duration_seconds', 'database'), '{{database}} 99 %'),
    },
    {
      title: 'Days ahead',
      description: 'Days for which there are partitions already; seven are kept',
      unit: 'short',
      queries: one(`outrider:days_ahead:max{${NS}}`, '{{box}} {{database}}'),
      runbook: 'OutriderDaysRunOut',
    },
    {
      title: 'Refused connections',
      description: 'By databases, for a reason that only an operator can change. Health: 0',
      unit: 'ops',
      queries: one(rate('outbox_connections_refused_total', 'database, reason'), '{{database}} {{reason}}'),
      runbook: 'OutriderConnectionsRefused',
    },
  ],
};

const consumers: DashboardPlan = {
  uid: 'outrider-consumers',
  title: 'Outrider: consumers',
  description: 'Events that come in: how far each consumer is, how fast, and what it could not handle',
  panels: [
    {
      title: 'Lag',
      description: 'Events that wait in Kafka to be handled, of all partitions',
      unit: 'short',
      queries: one(`outrider:inbox_lag_events:sum{${NS}}`, '{{consumer}} {{topic}}'),
      runbook: 'OutriderConsumerBehind',
    },
    {
      title: 'Handled',
      description: 'Messages finished, by outcome; seen: they came a second time and had no effect',
      unit: 'ops',
      queries: one(rate('inbox_handled_total', 'consumer, topic, outcome'), '{{consumer}} {{topic}} {{outcome}}'),
    },
    {
      title: 'Members of the consumer group',
      description: 'Processes that read',
      unit: 'short',
      queries: one(`sum by (consumer) (kafka_group_joined{${NS}})`, '{{consumer}}'),
      runbook: 'OutriderConsumerNotJoined',
    },
    {
      title: 'Dead letters',
      description: 'Messages that cannot be handled, with those that wait behind them',
      unit: 'short',
      queries: one(`outrider:dead_letters:max{${NS},box="inbox"}`, '{{consumer}} {{topic}}'),
      runbook: 'OutriderInboxDeadLetters',
    },
    {
      title: 'Messages that are retried by themselves',
      description: 'Their keys failed a few times; other keys go on',
      unit: 'short',
      queries: one(`max by (consumer, topic) (inbox_retrying_events{${NS}})`, '{{consumer}} {{topic}}'),
      runbook: 'OutriderInboxDeadLetters',
    },
    {
      title: 'Duration of a batch',
      description: 'Its transaction, from begin to commit',
      unit: 's',
      queries: one(quantile(0.99, 'inbox_handle_duration_seconds', 'consumer, topic'), '{{consumer}} {{topic}} 99 %'),
    },
    {
      title: 'Batches retried',
      description: 'After a transient error, by its code. Health: nearly none',
      unit: 'ops',
      queries: one(rate('inbox_retried_total', 'consumer, code'), '{{consumer}} {{code}}'),
    },
    {
      title: 'Breaks of the log',
      description:
        'Positions that did not fit the log of their topic: it was deleted, or messages were before they were read',
      unit: 'ops',
      queries: one(rate('inbox_log_breaks_total', 'consumer, topic, kind'), '{{consumer}} {{topic}} {{kind}}'),
    },
  ],
};

const stockAndPayment: DashboardPlan = {
  uid: 'outrider-stock-payment',
  title: 'Outrider: stock and payment',
  description: 'Reservations, the catalogue’s cache, requests to the payment provider, and the books',
  panels: [
    {
      title: 'Reservations that hold stock',
      description: 'Read from the database',
      unit: 'short',
      queries: one(`max(stock_reservations_active{${NS}})`, 'reservations'),
    },
    {
      title: 'Reservations expired and orders refused',
      description: 'Given back because their time was over; refused for want of stock or of the product',
      unit: 'ops',
      queries: [
        { expr: `sum(rate(stock_reservation_expired_total{${NS}}[$__rate_interval]))`, legend: 'expired' },
        { expr: `sum(rate(stock_rejected_total{${NS}}[$__rate_interval]))`, legend: 'refused' },
      ],
    },
    {
      title: 'Cache of the stock',
      description: 'Products whose stock was found in Redis, was not, and was read from the database instead',
      unit: 'ops',
      queries: [
        { expr: `sum(rate(product_cache_hits_total{${NS}}[$__rate_interval]))`, legend: 'found' },
        { expr: `sum(rate(product_cache_misses_total{${NS}}[$__rate_interval]))`, legend: 'not found' },
        { expr: `sum(rate(product_cache_rebuilds_total{${NS}}[$__rate_interval]))`, legend: 'read from the database' },
      ],
    },
    {
      title: 'Requests to the payment provider',
      description: 'By outcome; unanswered ones leave a payment in doubt until a lookup resolves it',
      unit: 'ops',
      queries: one(rate('payment_attempts_total', 'outcome'), '{{outcome}}'),
      runbook: 'OutriderPaymentsInDoubt',
    },
    {
      title: 'Payments in doubt',
      description: 'Not known yet whether the provider did what it was asked',
      unit: 'short',
      queries: one(`outrider:payments_in_doubt:max{${NS}}`, 'payments'),
      runbook: 'OutriderPaymentsInDoubt',
    },
    {
      title: 'Oldest doubt',
      description: 'Since the command was received',
      unit: 's',
      queries: one(`outrider:payments_in_doubt_age_seconds:max{${NS}}`, 'age'),
      runbook: 'OutriderPaymentsInDoubt',
    },
    {
      title: 'Webhooks',
      description: 'Genuine reports of the provider, by what they came to',
      unit: 'ops',
      queries: one(rate('payment_provider_events_total', 'outcome'), '{{outcome}}'),
    },
    {
      title: 'Differences of the books',
      description: 'As of the last check. Health: 0',
      unit: 'short',
      queries: one(`outrider:books_differences:max{${NS}}`, '{{kind}}'),
      runbook: 'OutriderBooksDiffer',
    },
    {
      title: 'Time since the last check of the books',
      description: 'The reconciler checks every five minutes',
      unit: 's',
      queries: one(`time() - outrider:books_checked_timestamp_seconds:max{${NS}}`, 'age'),
      runbook: 'OutriderBooksNotChecked',
    },
  ],
};

const processes: DashboardPlan = {
  uid: 'outrider-processes',
  title: 'Outrider: processes',
  description: 'Which versions run, what they are asked, and what they use',
  panels: [
    {
      title: 'Processes by version',
      description: 'A roll-out shows as two revisions',
      unit: 'short',
      queries: one(
        `count by (job, version, revision) (outrider_build_info{${NS}})`,
        '{{job}} {{version}} {{revision}}',
      ),
      runbook: 'OutriderMetricsMissing',
    },
    {
      title: 'Requests',
      description: 'To the public ports',
      unit: 'reqps',
      queries: one(
        rate('http_request_duration_seconds_count', 'job, status', ',route!~"/livez|/readyz"'),
        '{{job}} {{status}}',
      ),
    },
    {
      title: 'Duration of requests, 99 %',
      description: 'By route',
      unit: 's',
      queries: one(
        quantile(0.99, 'http_request_duration_seconds', 'job, route', ',route!~"/livez|/readyz"'),
        '{{job}} {{route}}',
      ),
    },
    {
      title: 'CPU',
      description: 'Cores used',
      unit: 'short',
      queries: one(rate('process_cpu_seconds_total', 'job, instance'), '{{job}} {{instance}}'),
    },
    {
      title: 'Memory',
      description: 'Resident memory',
      unit: 'bytes',
      queries: one(`sum by (job, instance) (process_resident_memory_bytes{${NS}})`, '{{job}} {{instance}}'),
    },
    {
      title: 'Lag of the event loop, 99 %',
      description: 'How late timers are. Above 0.1 s requests and leases suffer',
      unit: 's',
      queries: one(`max by (job, instance) (nodejs_eventloop_lag_p99_seconds{${NS}})`, '{{job}} {{instance}}'),
    },
    {
      title: 'Connections to databases',
      description: 'Of the services’ pools',
      unit: 'short',
      queries: one(`sum by (job, state) (database_pool_connections{${NS}})`, '{{job}} {{state}}'),
    },
    {
      title: 'Wait for a connection, 99 %',
      description: 'When this grows, the pool is too small or statements take too long',
      unit: 's',
      queries: one(quantile(0.99, 'database_pool_wait_seconds', 'job'), '{{job}}'),
    },
    {
      title: 'Conflicts',
      description: 'Transactions that were run again because of another one',
      unit: 'ops',
      queries: one(rate('optimistic_conflicts_total', 'job'), '{{job}}'),
    },
    {
      title: 'Reads of databases that failed for a scrape',
      description: 'What was to be read is absent then. Health: 0',
      unit: 'ops',
      queries: one(rate('metrics_read_failures_total', 'database'), '{{database}}'),
      runbook: 'OutriderDatabaseUnread',
    },
    {
      title: 'Reads of credentials',
      description: 'Of files, by outcome',
      unit: 'ops',
      queries: one(rate('credential_reads_total', 'job, file, outcome'), '{{job}} {{file}} {{outcome}}'),
      runbook: 'OutriderCredentialUnreadable',
    },
  ],
};

export const DASHBOARDS: readonly DashboardPlan[] = [orders, outbox, consumers, stockAndPayment, processes];
