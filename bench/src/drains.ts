import pg from 'pg';
import { SubjectProcess } from './subject/subject-process.js';
import type { SubjectSpec } from './subjects.js';
import { keysOf, type Spread } from './events.js';
import { DatabaseMeter } from './meter.js';
import { processCpuNs } from './process-cpu.js';
import type { BenchEnvironment } from './bench-environment.js';

/** One backlog, from its commit to its last acknowledgement. Figures are per event. */
export interface Drain {
  readonly events: number;
  readonly eventsPerSecond: number;
  readonly nodeMicros: number;
  /** insert to acknowledgement; undefined where PostgreSQL's processes cannot be seen, or it takes no part */
  readonly postgresMicros: number | undefined;
  /** CPU of the broker, or of all brokers, while the subject drains; undefined where their processes cannot be seen */
  readonly brokerMicros: number | undefined;
  /** insert to acknowledgement */
  readonly walBytes: number | undefined;
}

export interface DrainOptions {
  readonly spec: SubjectSpec;
  /** the size of each backlog, one after the other in one database */
  readonly backlogs: readonly number[];
  /** drained before the clock runs: a process is slow while its code is being compiled */
  readonly warmUp: number;
  readonly spread?: Spread;
  /** a session that holds a snapshot meanwhile, so that nothing deleted can be cleaned away */
  readonly pinned?: boolean;
}

/** Drains backlogs by a subject of its own process, in a database and a topic of its own. */
export function drains(environment: BenchEnvironment, options: DrainOptions): Promise<Drain[]> {
  return environment.during((left) => drainsUntil(left, environment, options));
}

async function drainsUntil(left: AbortSignal, environment: BenchEnvironment, options: DrainOptions): Promise<Drain[]> {
  const { spec, backlogs, warmUp, spread = 'spread', pinned = false } = options;
  await using undo = new AsyncDisposableStack();
  const database = await environment.database({ outbox: spec.outbox });
  undo.defer(() => environment.dropDatabase(database));
  const topic = await environment.topic();
  undo.defer(() => environment.dropTopic(topic));
  const meter = await DatabaseMeter.open(environment.infra.postgresUrl, database.name);
  undo.defer(() => meter.close());
  const config = {
    databaseUrl: database.url,
    brokers: environment.infra.brokers,
    topic,
    keys: keysOf(spread),
    ordered: spec.ordered,
    variant: spec.variant,
    access: environment.access,
  };
  const subject = await SubjectProcess.start(spec.name, spec.script, config, left);
  undo.defer(() => subject.stop());
  await subject.fill(warmUp);
  await subject.release();
  const pin = pinned ? await pinSnapshot(database.url) : undefined;
  undo.defer(async () => pin?.end());
  const measured: Drain[] = [];
  for (const events of backlogs) {
    await meter.start();
    await subject.fill(events);
    const brokerBefore = await brokerCpuNs(environment);
    const { ms, cpuMicros } = await subject.release();
    const brokerNs = (await brokerCpuNs(environment)) - brokerBefore;
    const spent = await meter.stop();
    measured.push({
      events,
      eventsPerSecond: (events * 1_000) / ms,
      nodeMicros: cpuMicros / events,
      postgresMicros: usesDatabase(spec) && spent.cpuMicros !== undefined ? spent.cpuMicros / events : undefined,
      brokerMicros: Number.isNaN(brokerNs) ? undefined : brokerNs / 1_000 / events,
      walBytes: usesDatabase(spec) ? spent.walBytes / events : undefined,
    });
  }
  return measured;
}

/** NaN where the brokers are not processes of this machine that were started for the bench. */
async function brokerCpuNs({ infra: { brokerPids } }: BenchEnvironment): Promise<number> {
  if (brokerPids.length === 0) return Number.NaN;
  const spent = await Promise.all(brokerPids.map(processCpuNs));
  return spent.reduce((sum, ns) => sum + ns, 0);
}

function usesDatabase({ script }: SubjectSpec): boolean {
  return !script.includes('raw-');
}

async function pinSnapshot(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'bench-pin' });
  await client.connect();
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM outbox_pending');
  return client;
}
