import type { SqlClient } from '@outrider/common';
import { readDays, readLag, type OutboxDays, type OutboxLag } from '@outrider/outbox';
import type { Registry } from 'prom-client';
import { readGauge, type Readings } from './readings.js';

/** Days change once a day: they are read once a minute, however often that is scraped. */
const DAYS_FRESH_MS = 60_000;

interface NamedPool {
  readonly name: string;
  readonly pool: SqlClient;
}

type Row = readonly [labels: { readonly database: string }, value: number];

/** What of the outboxes is not yet sent, read from the databases at each scrape: right also where no worker lives. */
export function lagMetrics(registry: Registry, readings: Readings, databases: readonly NamedPool[]): void {
  const gauge = gaugesOf(registry, readings, databases, readLag);
  gauge(
    'outbox_oldest_unpublished_age_seconds',
    'Time since the oldest event was written that the broker has not acknowledged, by the database’s clock alone; 0 when there is none; one that a replay sends again counts from when it was first written',
    ({ oldestAge }) => oldestAge,
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

/** The days of the log and open replays; with the rights of a service. */
export function daysMetrics(registry: Registry, readings: Readings, database: NamedPool): void {
  const gauge = gaugesOf<OutboxDays>(registry, readings, [database], readDays, DAYS_FRESH_MS);
  gauge(
    'outbox_days_ahead',
    'Days after today for which the log has a partition, without a gap; 7 are kept ahead; -1: today has none',
    ({ ahead }) => ahead,
  );
  gauge(
    'outbox_default_partition_rows',
    'Events in the default partition, because their day was missing; 100001 means more than 100000',
    ({ inDefault }) => inDefault,
  );
  gauge(
    'outbox_oldest_replay_age_seconds',
    'Time since the oldest replay was asked for that has not ended or waits for its confirmation; 0 when there is none',
    ({ replayAge }) => replayAge,
  );
}

function gaugesOf<T extends OutboxLag | OutboxDays>(
  registry: Registry,
  readings: Readings,
  databases: readonly NamedPool[],
  read: (pool: SqlClient) => Promise<T>,
  freshMs?: number,
) {
  const sources = databases.map(({ name, pool }) =>
    readings.of(
      name,
      async () => ({ database: name, found: await read(pool) }),
      freshMs === undefined ? {} : { freshMs },
    ),
  );
  return (name: string, help: string, valueOf: (found: T) => number): void =>
    readGauge(registry, sources, {
      name,
      help,
      labels: ['database'],
      addUp: 'max',
      rows: ({ database, found }): Row[] => [[{ database }, valueOf(found)]],
    });
}
