import { randomBytes } from 'node:crypto';
import { freePort } from '@outrider/testkit';
import pg from 'pg';
import type { BenchDatabase, BenchEnvironment } from '../bench-environment.js';
import { DatabaseMeter } from '../meter.js';
import { processCpuNs } from '../process-cpu.js';
import { shardsOf, signal, startWorker, until } from '../workers.js';
import { Scraping } from './scraping.js';
import { SpanSink } from './span-sink.js';
import { takeTurns, VARIANTS, type Variant, type WatchedRound, type WatchedVariant } from './variants.js';

const SHARDS = 64;
const SCRAPE_EVERY_MS = 5_000;
const LOOK_EVERY_MS = 25;

export interface WatchedDrain {
  readonly events: number;
  readonly rounds: number;
  readonly told: (text: string) => void;
}

interface Subject {
  readonly database: BenchDatabase;
  readonly topic: string;
  readonly client: pg.Client;
  readonly meter: DatabaseMeter;
  readonly pid: number;
  readonly metricsUrl: string;
}

/**
 * The built outbox-worker drains backlogs: one that sends no spans, scraped or not, one that sends a tenth, one that sends
 * all, each with a database of its own, in turns.
 */
export async function watchedDrain(
  environment: BenchEnvironment,
  { events, rounds, told }: WatchedDrain,
): Promise<readonly WatchedVariant[]> {
  await using undo = new AsyncDisposableStack();
  const sink = undo.use(await SpanSink.open());
  const subjects = new Map<number, Subject>();
  for (const sampled of new Set(VARIANTS.map((variant) => variant.sampled))) {
    subjects.set(sampled, await open(environment, sink.settings(sampled), undo));
  }
  const run = async (variant: Variant, round: string, count: number): Promise<WatchedRound> => {
    told(`drain, ${variant.name}, round ${round}`);
    const subject = subjects.get(variant.sampled);
    if (subject === undefined) throw new Error(`nothing sends ${variant.sampled} of its traces`);
    sink.answer = variant.endpoint;
    await using _ = variant.scraped ? new Scraping([subject.metricsUrl], SCRAPE_EVERY_MS) : new AsyncDisposableStack();
    return await drainOf(environment, subject, variant.sampled, count);
  };
  for (const variant of VARIANTS) await run(variant, 'for warmth', Math.ceil(events / 4));
  return await takeTurns(rounds, (variant, round) => run(variant, `${round + 1} of ${rounds}`, events));
}

async function open(
  environment: BenchEnvironment,
  env: Readonly<Record<string, string>>,
  undo: AsyncDisposableStack,
): Promise<Subject> {
  const database = await environment.database({ outbox: true });
  undo.defer(() => environment.dropDatabase(database));
  const topic = await environment.topic();
  undo.defer(() => environment.dropTopic(topic));
  const meter = await DatabaseMeter.open(environment.infra.postgresUrl, database.name);
  undo.defer(() => meter.close());
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  undo.defer(() => client.end());
  const adminPort = await freePort();
  const worker = await startWorker(environment, { databases: [database], leaseMs: 10_000, adminPort, env });
  undo.defer(async () => {
    signal(worker.pid, 'SIGTERM');
    await worker.exited;
  });
  await until(environment, 'the worker holds all shards', async () => (await shardsOf(client, worker.pid)) === SHARDS);
  return { database, topic, client, meter, pid: worker.pid, metricsUrl: `http://127.0.0.1:${adminPort}/metrics` };
}

// A thousand keys over all shards, 300 bytes of payload, as the other drains have, and the headers that each event of an
// installation has. Of each so many events one is of a trace that is sent; the others carry a context too, as events of an
// installation with an endpoint do.
const FILL = `WITH e AS (
    INSERT INTO outbox_event(shard, msg_key, topic, event_type, payload, headers)
    SELECT (n % 1000) % 64, 'key-' || (n % 1000), $2, 'MEASURED', rpad('{"n":' || n || ',"pad":"', 298, 'x') || '"}',
           '{"ce_id":"' || md5($4 || n)::uuid || '","ce_type":"MEASURED","ce_source":"/outrider/bench","ce_specversion":"1.0",'
           || '"ce_time":"2026-01-01T00:00:00.000Z","content-type":"application/json","app-version":"0.2.0"'
           || CASE WHEN $3::int = 0 THEN '}'
                ELSE ',"traceparent":"00-' || md5($4 || n) || '-00f067aa0ba902b7-0' || (n % $3::int = 0)::int || '"}' END
    FROM generate_series(1, $1::int) n RETURNING shard, id, event_id)
  INSERT INTO outbox_pending(shard, id, event_id) SELECT shard, id, event_id FROM e`;

async function drainOf(
  environment: BenchEnvironment,
  { topic, client, meter, pid }: Subject,
  sampled: number,
  events: number,
): Promise<WatchedRound> {
  const oneIn = sampled === 0 ? 0 : Math.round(1 / sampled);
  await meter.start();
  const before = await processCpuNs(pid);
  await client.query('BEGIN');
  await client.query(FILL, [events, topic, oneIn, randomBytes(8).toString('hex')]);
  await client.query('NOTIFY outbox');
  await client.query('COMMIT');
  const since = performance.now();
  await until(
    environment,
    'the backlog is drained',
    async () => (await client.query('SELECT 1 FROM outbox_pending LIMIT 1')).rows.length === 0,
    LOOK_EVERY_MS,
  );
  const ms = performance.now() - since;
  const { cpuMicros } = await meter.stop();
  return {
    perSecond: (events * 1_000) / ms,
    processMicros: ((await processCpuNs(pid)) - before) / 1_000 / events,
    postgresMicros: cpuMicros === undefined ? undefined : cpuMicros / events,
  };
}
