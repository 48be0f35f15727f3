import pg from 'pg';
import { SubjectProcess } from '../subject/subject-process.js';
import { RELAY } from '../subjects.js';
import { keysOf } from '../events.js';
import { DatabaseMeter } from '../meter.js';
import type { BenchEnvironment } from '../bench-environment.js';
import { median, percentile } from '../statistics.js';
import { write } from '../writers.js';

export interface LatencyResult {
  readonly told: string;
  readonly rate: number;
  readonly events: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly writerP50Ms: number;
  /** of all the database's backends, writers included; undefined where they cannot be seen */
  readonly postgresMicrosPerEvent: number | undefined;
  readonly walBytesPerEvent: number;
  readonly lost: number;
}

const WAYS = [
  { told: 'NOTIFY', variant: 'notes', notify: true },
  { told: 'poll, 20 ms', variant: 'notes poll-20ms', notify: false },
  { told: 'poll, 1 s (default without LISTEN)', variant: 'notes pooled', notify: false },
] as const;
const WRITERS = 8;
const WARM_UP_SECONDS = 2;
const NS_PER_MS = 1e6;

export interface LatencyOptions {
  readonly rates: readonly number[];
  readonly seconds: number;
  readonly told: (text: string) => void;
}

/** From the commit, as its writer knows it, to the broker's acknowledgement, as the relay knows it. */
export async function measureLatency(
  environment: BenchEnvironment,
  { rates, seconds, told }: LatencyOptions,
): Promise<LatencyResult[]> {
  const results: LatencyResult[] = [];
  for (const rate of rates) {
    for (const way of WAYS) {
      told(`latency at ${rate} events/s: ${way.told}`);
      results.push(await measureOne(environment, way, rate, seconds));
    }
  }
  return results;
}

async function measureOne(
  environment: BenchEnvironment,
  { told, variant, notify }: (typeof WAYS)[number],
  rate: number,
  seconds: number,
): Promise<LatencyResult> {
  const database = await environment.database({ outbox: true });
  const topic = await environment.topic();
  const meter = await DatabaseMeter.open(environment.infra.postgresUrl, database.name);
  const config = {
    databaseUrl: database.url,
    brokers: environment.infra.brokers,
    topic,
    keys: keysOf('spread'),
    ordered: true,
  };
  const relay = await SubjectProcess.start('relay', RELAY.script, { ...config, variant });
  try {
    const writers = { databaseUrl: database.url, topic, writers: WRITERS, rate, notify };
    await write({ ...writers, seconds: WARM_UP_SECONDS });
    await empty(database.url);
    await relay.acks();
    await meter.start();
    const { committedAt, transactionMs } = await write({ ...writers, seconds });
    await empty(database.url);
    const spent = await meter.stop();
    const acks = await relay.acks();
    const waitedMs: number[] = [];
    for (const [eventId, at] of committedAt) {
      const acknowledged = acks.get(eventId);
      // The relay may have seen a commit before its writer did.
      if (acknowledged !== undefined) waitedMs.push(Math.max(0, Number(acknowledged - at) / NS_PER_MS));
    }
    const events = committedAt.size;
    return {
      told,
      rate,
      events,
      p50Ms: median(waitedMs),
      p99Ms: percentile(waitedMs, 99),
      writerP50Ms: median(transactionMs),
      postgresMicrosPerEvent: spent.cpuMicros === undefined ? undefined : spent.cpuMicros / events,
      walBytesPerEvent: spent.walBytes / events,
      lost: events - waitedMs.length,
    };
  } finally {
    await relay.stop();
    await meter.close();
    await environment.dropDatabase(database);
    await environment.dropTopic(topic);
  }
}

/** Waits until nothing is pending; a relay that stands still is seen by what is lost. */
async function empty(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const deadline = performance.now() + 30_000;
  try {
    while (performance.now() < deadline) {
      const { rowCount } = await client.query('SELECT 1 FROM outbox_pending LIMIT 1');
      if (rowCount === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    await client.end();
  }
}

export interface NotifyResult {
  /** transactions a second, a round each */
  readonly without: readonly number[];
  readonly with: readonly number[];
}

const CLOSED_LOOP_WRITERS = 4;

/** What telling the relays costs writers that write as fast as they can; somebody listens, nobody relays. */
export async function measureNotify(
  environment: BenchEnvironment,
  {
    rounds,
    seconds,
    told,
  }: { readonly rounds: number; readonly seconds: number; readonly told: (text: string) => void },
): Promise<NotifyResult> {
  const database = await environment.database({ outbox: true });
  const listener = new pg.Client({ connectionString: database.url });
  await listener.connect();
  await listener.query('LISTEN outbox');
  const rates = { without: [] as number[], with: [] as number[] };
  const options = { databaseUrl: database.url, topic: 'nowhere', writers: CLOSED_LOOP_WRITERS };
  try {
    await write({ ...options, seconds: 1, notify: true });
    for (let round = 1; round <= rounds; round += 1) {
      told(`writers with and without NOTIFY, round ${round} of ${rounds}`);
      // Who comes first changes: the log grows meanwhile.
      const order = round % 2 === 0 ? (['with', 'without'] as const) : (['without', 'with'] as const);
      for (const which of order) {
        const { perSecond } = await write({ ...options, seconds, notify: which === 'with' });
        rates[which].push(perSecond);
      }
    }
    return rates;
  } finally {
    await listener.end();
    await environment.dropDatabase(database);
  }
}
