import pg from 'pg';
import { ContenderProcess } from './contender/contender-process.js';
import type { ContenderSpec } from './contenders.js';
import { keysOf, type Spread } from './events.js';
import { DatabaseMeter } from './meter.js';
import type { BenchRoom } from './room.js';

/** One backlog, from its commit to its last acknowledgement. Figures are per event. */
export interface Drain {
  readonly events: number;
  readonly eventsPerSecond: number;
  readonly nodeMicros: number;
  /** insert to acknowledgement; undefined where PostgreSQL's processes cannot be seen, or it takes no part */
  readonly postgresMicros: number | undefined;
  /** insert to acknowledgement */
  readonly walBytes: number | undefined;
}

export interface DrainOptions {
  readonly spec: ContenderSpec;
  /** the size of each backlog, one after the other in one database */
  readonly backlogs: readonly number[];
  /** drained before the clock runs: a process is slow while its code is being compiled */
  readonly warmUp: number;
  readonly spread?: Spread;
  /** a session that holds a snapshot all the while, so that nothing deleted can be cleaned away */
  readonly pinned?: boolean;
}

/** Drains backlogs by a contender of its own process, in a database and a topic of its own. */
export async function drains(room: BenchRoom, options: DrainOptions): Promise<Drain[]> {
  const { spec, backlogs, warmUp, spread = 'spread', pinned = false } = options;
  const database = await room.database({ outbox: spec.outbox });
  const topic = await room.topic();
  const meter = await DatabaseMeter.open(room.infra.postgresUrl, database.name);
  const contender = await ContenderProcess.start(spec.name, spec.script, {
    databaseUrl: database.url,
    brokers: room.infra.brokers,
    topic,
    keys: keysOf(spread),
    ordered: spec.ordered,
    variant: spec.variant,
  });
  try {
    await contender.fill(warmUp);
    await contender.release();
    const pin = pinned ? await pinSnapshot(database.url) : undefined;
    const measured: Drain[] = [];
    for (const events of backlogs) {
      await meter.start();
      await contender.fill(events);
      const { ms, cpuMicros } = await contender.release();
      const spent = await meter.stop();
      measured.push({
        events,
        eventsPerSecond: (events * 1_000) / ms,
        nodeMicros: cpuMicros / events,
        postgresMicros: usesDatabase(spec) && spent.cpuMicros !== undefined ? spent.cpuMicros / events : undefined,
        walBytes: usesDatabase(spec) ? spent.walBytes / events : undefined,
      });
    }
    await pin?.end();
    return measured;
  } finally {
    await contender.stop();
    await meter.close();
    await room.dropDatabase(database);
    await room.dropTopic(topic);
  }
}

function usesDatabase({ script }: ContenderSpec): boolean {
  return !script.includes('raw-kafkajs');
}

async function pinSnapshot(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'bench-pin' });
  await client.connect();
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM outbox_pending');
  return client;
}
