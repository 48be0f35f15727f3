import { count, type Screen } from '@outrider/scripts/cli/screen';
import { RAW } from './subjects.js';
import type { Drain } from './drains.js';
import type { RelayBenchResult } from './relay-bench.js';
import { median } from './statistics.js';

const NONE = '–';

/** Medians of the rounds, as tables. */
export function showRelayBench(screen: Screen, result: RelayBenchResult): void {
  const { machine } = result;
  screen.line(`${machine.cpus} cores (${machine.model}), ${machine.memoryGiB} GiB, Node ${machine.node}`);
  showDrain(screen, result);
  showShapes(screen, 'Backlog sizes, relay', result.backlogs);
  showShapes(screen, 'Keys, relay', result.hot);
  showPinned(screen, result);
  showLatency(screen, result);
  showLag(screen, result);
  showWorker(screen, result);
}

function showDrain(screen: Screen, { drain, cluster }: RelayBenchResult): void {
  if (drain === undefined) return;
  const limit = rate(drain.find(({ subject }) => subject === RAW.name)?.rounds ?? []);
  screen.heading('Drain of a backlog, 300 B each');
  if (cluster !== undefined) {
    const { brokers, replication, minInSync } = cluster;
    screen.item(
      `Kafka: brokers ${brokers}, replication factor ${replication}, min.insync.replicas ${minInSync}, acks all`,
    );
  }
  screen.rows(
    [
      ['', 'ordered', 'backlog', 'events/s', 'range', 'of raw', 'Node µs', 'PostgreSQL µs', 'WAL B', 'Kafka µs'],
      ...drain.map(({ subject, ordered, rounds, skipped }) =>
        skipped === undefined
          ? [subject, ordered ? 'yes' : 'no', count(rounds[0]?.events ?? 0), ...figures(rounds, limit), broker(rounds)]
          : [subject, ordered ? 'yes' : 'no', skipped],
      ),
    ],
    [2, 3, 4, 5, 6, 7, 8, 9],
  );
}

function showShapes(screen: Screen, heading: string, shapes: RelayBenchResult['backlogs']): void {
  if (shapes === undefined) return;
  const first = rate(shapes[0]?.rounds ?? []);
  screen.heading(heading);
  screen.rows(
    [
      ['', 'events/s', 'range', 'of first', 'Node µs', 'PostgreSQL µs', 'WAL B'],
      ...shapes.map(({ shape, rounds }) => [shape, ...figures(rounds, first)]),
    ],
    [0, 1, 2, 3, 4, 5, 6],
  );
}

function showPinned(screen: Screen, { pinned }: RelayBenchResult): void {
  if (pinned === undefined) return;
  screen.heading('Round after round in one database, relay, events/s');
  const rounds = pinned[0]?.drains.map((_, index) => index + 1) ?? [];
  screen.rows(
    [
      ['round', ...rounds.map(String)],
      ...pinned.map(({ case: name, drains }) => [name, ...drains.map(({ eventsPerSecond }) => whole(eventsPerSecond))]),
    ],
    rounds,
  );
}

function showLatency(screen: Screen, { latency, notify }: RelayBenchResult): void {
  if (latency !== undefined) {
    screen.heading('Commit to broker acknowledgement, one event a transaction');
    screen.rows(
      [
        ['', 'events/s', 'p50 ms', 'p99 ms', 'writer p50 ms', 'PostgreSQL µs', 'WAL B', 'lost'],
        ...latency.map((row) => [
          row.told,
          count(row.rate),
          fine(row.p50Ms),
          fine(row.p99Ms),
          fine(row.writerP50Ms),
          row.postgresMicrosPerEvent === undefined ? NONE : whole(row.postgresMicrosPerEvent),
          whole(row.walBytesPerEvent),
          count(row.lost),
        ]),
      ],
      [1, 2, 3, 4, 5, 6, 7],
    );
  }
  if (notify !== undefined) {
    const slower = notify.with.map((value, round) => 1 - value / (notify.without[round] ?? Number.NaN));
    screen.heading('Writers as fast as they can');
    screen.item(
      `${whole(median(notify.without))} transactions/s without NOTIFY, ${whole(median(notify.with))} with it`,
    );
    screen.item(`slower by ${(median(slower) * 100).toFixed(1)} % (median of pairs)`);
  }
}

function showLag(screen: Screen, { lag }: RelayBenchResult): void {
  if (lag === undefined) return;
  screen.heading('Reading the lag, ms');
  screen.rows(
    [
      ['events in the log', 'nothing waits', '100,000 wait', 'sent since, xmin pinned'],
      ...lag.map(({ history, idleMs, waitingMs, pinnedMs }) => [
        count(history),
        ...[idleMs, waitingMs, pinnedMs].map((looks) => fine(median(looks))),
      ]),
    ],
    [0, 1, 2, 3],
  );
}

function showWorker(screen: Screen, { idle, takeover }: RelayBenchResult): void {
  if (idle !== undefined) {
    screen.heading(`Worker at rest, ${idle.databases} databases, ${idle.seconds} s`);
    screen.item(`${idle.cpuPercent.toFixed(2)} % of a core`);
    screen.item(`statements/s by database: ${idle.statementsPerSecond.map(fine).join(', ')}`);
  }
  if (takeover !== undefined) {
    screen.heading(`Takeover, lease ${count(takeover.leaseMs)} ms: from the signal until another holds all shards, ms`);
    screen.item(`SIGTERM: ${takeover.sigtermMs.map(whole).join(', ')}`);
    screen.item(`kill -9: ${takeover.sigkillMs.map(whole).join(', ')}`);
  }
}

function figures(rounds: readonly Drain[], limit: number): string[] {
  const rates = rounds.map(({ eventsPerSecond }) => eventsPerSecond);
  return [
    whole(median(rates)),
    `${whole(Math.min(...rates))}–${whole(Math.max(...rates))}`,
    (median(rates) / limit).toFixed(median(rates) / limit < 0.1 ? 3 : 2),
    perEvent(rounds, ({ nodeMicros }) => nodeMicros),
    perEvent(rounds, ({ postgresMicros }) => postgresMicros),
    perEvent(rounds, ({ walBytes }) => walBytes),
  ];
}

/** Of all brokers, and what they copy from each other is in it. */
function broker(rounds: readonly Drain[]): string {
  return perEvent(rounds, ({ brokerMicros }) => brokerMicros, fine);
}

function perEvent(
  rounds: readonly Drain[],
  of: (drain: Drain) => number | undefined,
  shown: (value: number) => string = whole,
): string {
  const values = rounds.flatMap((drain) => of(drain) ?? []);
  return values.length === 0 ? NONE : shown(median(values));
}

function rate(rounds: readonly Drain[]): number {
  return median(rounds.map(({ eventsPerSecond }) => eventsPerSecond));
}

function whole(value: number): string {
  return Number.isNaN(value) ? NONE : count(Math.round(value));
}

function fine(value: number): string {
  return Number.isNaN(value) ? NONE : value.toFixed(value < 10 ? 2 : 0);
}
