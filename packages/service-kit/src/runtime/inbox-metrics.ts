import type { SqlClient } from '@outrider/common';
import { countDeadLetters, readDays, type DeadLetterCount, type InboxObserver } from '@outrider/inbox';
import type { Gauge, Registry } from 'prom-client';
import { counter, gauge, histogram, readGauge, type Readings } from '../metrics/index.js';

const DAYS_FRESH_MS = 60_000;

export interface InboxMetricsOptions {
  /** of the service's database */
  readonly database: string;
  readonly consumer: string;
  readonly topics: readonly string[];
  readonly pool: SqlClient;
}

/** Metrics of a consumer, for its observer to feed; dead letters are read from the database at each scrape. */
export function inboxMetrics(
  registry: Registry,
  readings: Readings,
  options: InboxMetricsOptions,
): Partial<InboxObserver> {
  const { consumer, topics } = options;
  const known = { consumer: [consumer], topic: topics };
  const handled = counter(registry, {
    name: 'inbox_handled_total',
    help: 'Messages finished, by outcome',
    labels: { ...known, outcome: ['handled', 'seen', 'parked', 'unreadable'] },
  });
  const redelivered = counter(registry, {
    name: 'inbox_redelivered_total',
    help: 'Messages that were delivered again after their effects were stored',
    labels: known,
  });
  const duration = histogram(registry, {
    name: 'inbox_handle_duration_seconds',
    help: 'Duration of the transaction of a batch of messages, from begin to commit',
    labels: known,
  });
  const retried = counter(registry, {
    name: 'inbox_retried_total',
    help: 'Batches retried after a transient error, by SQLSTATE or name of the error',
    labels: { ...known, code: [] },
  });
  const broken = counter(registry, {
    name: 'inbox_log_breaks_total',
    help: 'Positions that did not fit the log (gap: messages were deleted unread; other-log: the topic was created again); reading went on from the beginning',
    labels: { ...known, kind: ['gap', 'other-log'] },
  });
  const lagByPartition = new Map<string, { readonly topic: string; readonly events: number }>();
  const lag = gauge(registry, {
    name: 'inbox_lag_events',
    help: 'Events behind the end of the partitions that this process holds',
    labels: known,
    addUp: 'sum',
    collect() {
      for (const topic of topics) lag.set({ consumer, topic }, 0);
      for (const { topic, events } of lagByPartition.values()) lag.inc({ consumer, topic }, events);
    },
  });
  deadLetterGauges(registry, readings, options);
  daysGauges(registry, readings, options);
  return {
    handled: (topic, outcome, count) => handled.inc({ consumer, topic, outcome }, count),
    redelivered: (topic, count) => redelivered.inc({ consumer, topic }, count),
    batch: (topic, _messages, seconds) => duration.observe({ consumer, topic }, seconds),
    retried: (topic, code) => retried.inc({ consumer, topic, code }),
    lag: (topic, partition, events) => void lagByPartition.set(`${topic} ${partition}`, { topic, events }),
    logBroke: ({ topic }, kind) => broken.inc({ consumer, topic, kind }),
    assigned: () => lagByPartition.clear(),
  };
}

/** Whether the consumer is a member of its group, and reads. */
export function groupMetric(registry: Registry, consumer: string, joined: () => boolean): void {
  const made: Gauge<'consumer'> = gauge(registry, {
    name: 'kafka_group_joined',
    help: 'Whether this process is a member of its consumer group: 1 or 0',
    labels: { consumer: [consumer] },
    addUp: 'each',
    collect: () => made.set({ consumer }, joined() ? 1 : 0),
  });
}

function deadLetterGauges(
  registry: Registry,
  readings: Readings,
  { database, consumer, topics, pool }: InboxMetricsOptions,
): void {
  const counts = readings.of(database, () => countDeadLetters(pool, consumer));
  const show = (name: string, help: string, read: (count: DeadLetterCount) => number): void =>
    readGauge(registry, [counts], {
      name,
      help,
      labels: ['consumer', 'topic'],
      addUp: 'max',
      rows: (found) => {
        const values = new Map(topics.map((topic) => [topic, 0]));
        for (const count of found) values.set(count.topic, read(count));
        return [...values].map(([topic, value]) => [{ consumer, topic }, value] as const);
      },
    });
  show(
    'inbox_dead_letters',
    'Parked messages, which wait for an operator; 100001 means more than 100000',
    ({ events }) => events,
  );
  show('inbox_dead_letters_keys', 'Parked keys, which wait for an operator', ({ keys }) => keys);
  show(
    'inbox_retrying_events',
    'Messages of keys that are retried automatically; 100001 means more than 100000',
    ({ retryingEvents }) => retryingEvents,
  );
  show('inbox_retrying_keys', 'Keys that failed and are retried automatically', ({ retryingKeys }) => retryingKeys);
}

function daysGauges(registry: Registry, readings: Readings, { database, pool }: InboxMetricsOptions): void {
  const days = readings.of(database, () => readDays(pool), { freshMs: DAYS_FRESH_MS });
  readGauge(registry, [days], {
    name: 'inbox_days_ahead',
    help: 'Days after today for which the ids have a partition, without a gap; 7 are kept ahead; -1: today has none',
    labels: ['database'],
    addUp: 'max',
    rows: ({ ahead }) => [[{ database }, ahead] as const],
  });
  readGauge(registry, [days], {
    name: 'inbox_default_partition_rows',
    help: 'Ids in the default partition: their day was missing, or dropped before they came; 100001 means more than 100000',
    labels: ['database'],
    addUp: 'max',
    rows: ({ inDefault }) => [[{ database }, inDefault] as const],
  });
}
