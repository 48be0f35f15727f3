import type { SqlClient } from '@outrider/common';
import { countDeadLetters, type DeadLetterCount, type InboxObserver } from '@outrider/inbox';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { LATENCY_BUCKETS } from '../metrics/index.js';

const WAIT_MS = 1_500;

/** Metrics of a consumer, for its observer to feed; dead letters are read from the database at each scrape. */
export function inboxMetrics(registry: Registry, consumer: string, pool: SqlClient): Partial<InboxObserver> {
  const registers = [registry];
  const handled = new Counter({
    name: 'inbox_handled_total',
    help: 'Messages finished, by outcome',
    labelNames: ['consumer', 'topic', 'outcome'],
    registers,
  });
  const redelivered = new Counter({
    name: 'inbox_redelivered_total',
    help: 'Messages that were delivered again after their effects were stored',
    labelNames: ['consumer', 'topic'],
    registers,
  });
  const duration = new Histogram({
    name: 'inbox_handle_duration_seconds',
    help: 'Duration of the transaction of a batch of messages, from begin to commit',
    labelNames: ['consumer', 'topic'],
    buckets: LATENCY_BUCKETS,
    registers,
  });
  const retried = new Counter({
    name: 'inbox_retried_total',
    help: 'Batches retried after a transient error',
    labelNames: ['consumer', 'topic', 'code'],
    registers,
  });
  const broken = new Counter({
    name: 'inbox_log_breaks_total',
    help: 'Positions that did not fit the log (gap: messages were deleted unread; other-log: the topic was created again); reading went on from the beginning',
    labelNames: ['consumer', 'topic', 'kind'],
    registers,
  });
  const lagByPartition = new Map<string, { readonly topic: string; readonly events: number }>();
  const lag = new Gauge({
    name: 'inbox_lag_events',
    help: 'Events behind the end of the partitions that this process holds',
    labelNames: ['consumer', 'topic'],
    registers,
    collect() {
      lag.reset();
      for (const { topic, events } of lagByPartition.values()) lag.inc({ consumer, topic }, events);
    },
  });
  deadLetterGauges(registry, consumer, pool);
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

function deadLetterGauges(registry: Registry, consumer: string, pool: SqlClient): void {
  // the gauges of one scrape are collected at the same time and share one query
  let asked: Promise<readonly DeadLetterCount[]> | undefined;
  const counts = (): Promise<readonly DeadLetterCount[]> => {
    asked ??= inTime(countDeadLetters(pool, consumer)).finally(() => (asked = undefined));
    return asked;
  };
  const gauge = (name: string, help: string, read: (count: DeadLetterCount) => number): void => {
    const made = new Gauge({
      name,
      help,
      labelNames: ['consumer', 'topic'],
      registers: [registry],
      async collect() {
        const seen = await counts();
        made.reset();
        for (const count of seen) made.set({ consumer, topic: count.topic }, read(count));
      },
    });
  };
  gauge(
    'inbox_dead_letters',
    'Parked messages, which wait for an operator; 100001 means more than 100000',
    ({ events }) => events,
  );
  gauge('inbox_dead_letters_keys', 'Parked keys, which wait for an operator', ({ keys }) => keys);
  gauge(
    'inbox_retrying_events',
    'Messages of keys that are retried automatically',
    ({ retryingEvents }) => retryingEvents,
  );
  gauge('inbox_retrying_keys', 'Keys that failed and are retried automatically', ({ retryingKeys }) => retryingKeys);
}

/** None when the database does not answer in time: the scrape does not wait for it. */
async function inTime(counts: Promise<readonly DeadLetterCount[]>): Promise<readonly DeadLetterCount[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly DeadLetterCount[]>((resolve) => {
    timer = setTimeout(() => resolve([]), WAIT_MS);
  });
  try {
    return await Promise.race([counts.catch(() => []), late]);
  } finally {
    clearTimeout(timer);
  }
}
