import { setTimeout as sleep } from 'node:timers/promises';
import { requestTimeoutMs } from '@outrider/outbox';
import type { KeptProcess } from '@outrider/testkit';
import pg from 'pg';
import type { BenchEnvironment } from '../bench-environment.js';
import { shardsOf, startWorker, until } from '../workers.js';
import { disturb } from './disturb.js';
import { keepLeaseLog, readLeaseLog } from './lease-log.js';
import { Seeded } from './seeded.js';
import { makeTopic, readTopic } from './topic.js';
import { judge, passes, type CommittedEvent, type Verdict } from './verdict.js';
import { makeAggregates, write } from './writers.js';

const WORKERS = 3;
const LEASE_MS = 3_000;

export interface StressOptions {
  readonly seconds: number;
  readonly seed: number;
  /** Ctrl-C: nothing is judged any more */
  readonly signal: AbortSignal;
}

export interface StressResult extends Verdict {
  readonly passed: boolean;
  readonly seed: number;
  readonly seconds: number;
  readonly transactions: number;
  readonly rolledBack: number;
  readonly slow: number;
  /** committed by the writers' word, and not in the log */
  readonly vanished: number;
  readonly kills: number;
  readonly pauses: number;
}

/**
 * Three workers relay what twelve writers write while they are killed and paused; then everything must have arrived, in
 * order.
 * @throws CommandError when the backlog does not go away at the end
 */
export async function stress(
  environment: BenchEnvironment,
  { seconds, seed, signal }: StressOptions,
  told: (text: string) => void,
): Promise<StressResult> {
  const { brokers } = environment.infra;
  const database = await environment.database({ outbox: true });
  const topic = environment.name();
  await makeTopic(brokers, topic);
  environment.adoptTopic(topic);
  const client = new pg.Client({ connectionString: database.url, application_name: 'stress' });
  await client.connect();
  try {
    await makeAggregates(client);
    await keepLeaseLog(client);
    const start = (): Promise<KeptProcess> => startWorker(environment, { databases: [database], leaseMs: LEASE_MS });
    const workers = await Promise.all(Array.from({ length: WORKERS }, start));
    await until(environment, 'every worker holds shards', async () => {
      for (const { pid } of workers) if ((await shardsOf(client, pid)) === 0) return false;
      return true;
    });
    told(`${WORKERS} workers share the shards; disturbing them for ${seconds} s, seed ${seed}`);
    const over = new AbortController();
    const stop = AbortSignal.any([over.signal, signal]);
    const writing = write(database.url, topic, seed, stop);
    const disturbing = disturb({ leaseMs: LEASE_MS, draw: new Seeded(seed), workers, start, told, stop });
    await sleep(seconds * 1_000, undefined, { signal }).finally(() => over.abort());
    const [written, disturbances] = await Promise.all([writing, disturbing]);
    told('waiting for the backlog to go out');
    await until(environment, 'nothing is pending', async () => {
      return (
        (await client.query('SELECT 1 FROM outbox_pending UNION ALL SELECT 1 FROM outbox_parked LIMIT 1')).rowCount ===
        0
      );
    });
    told('reading the topic');
    const arrivals = await readTopic(brokers, topic);
    const committed = await readLog(client);
    const verdict = judge({
      committed,
      arrivals,
      disturbances,
      leases: await readLeaseLog(client),
      inFlightMs: requestTimeoutMs(LEASE_MS),
    });
    const logged = new Set(committed.map(({ eventId }) => eventId));
    const vanished = [...written.committed].filter((eventId) => !logged.has(eventId)).length;
    return {
      ...verdict,
      passed: passes(verdict) && vanished === 0,
      seed,
      seconds,
      transactions: written.transactions,
      rolledBack: written.rolledBack,
      slow: written.slow,
      vanished,
      kills: disturbances.filter(({ kind }) => kind === 'kill').length,
      pauses: disturbances.filter(({ kind }) => kind === 'pause').length,
    };
  } finally {
    await client.end();
  }
}

async function readLog(client: pg.Client): Promise<CommittedEvent[]> {
  const { rows } = await client.query<{ eventId: string; key: string; payload: string }>(
    'SELECT event_id AS "eventId", msg_key AS key, payload FROM outbox_event',
  );
  return rows.map(({ eventId, key, payload }) => ({ eventId, key, n: (JSON.parse(payload) as { n: number }).n }));
}
