import { setTimeout as sleep } from 'node:timers/promises';
import { withClient } from '@outrider/testkit';
import { processCpuNs } from '../process-cpu.js';
import type { BenchEnvironment } from '../bench-environment.js';
import { StatementCounter } from '../statement-counter.js';
import { shardsOf, signal, startWorker, until } from '../workers.js';

export interface IdleResult {
  readonly databases: number;
  readonly seconds: number;
  /** of one core */
  readonly cpuPercent: number;
  /** of each database, as the worker asks them */
  readonly statementsPerSecond: readonly number[];
}

const DATABASES = 4;
const WARM_UP_MS = 5_000;
const ALL = 64;

/** The built worker with nothing to do. */
export async function measureIdle(
  environment: BenchEnvironment,
  { seconds, told }: { readonly seconds: number; readonly told: (text: string) => void },
): Promise<IdleResult> {
  told(`an idle worker with ${DATABASES} databases, ${seconds} s`);
  const databases = await Promise.all(Array.from({ length: DATABASES }, () => environment.database({ outbox: true })));
  await using counters = new AsyncDisposableStack();
  const counted = await Promise.all(
    databases.map(async ({ name, url }) => ({ name, counter: counters.use(await StatementCounter.open(url)) })),
  );
  const worker = await startWorker(environment, {
    databases: counted.map(({ name, counter }) => ({ name, url: counter.url })),
    leaseMs: 10_000,
  });
  try {
    for (const { url } of databases) {
      await withClient(url, (client) =>
        until(environment, 'the worker holds all shards', async () => (await shardsOf(client, worker.pid)) === ALL),
      );
    }
    await sleep(WARM_UP_MS);
    const statements = (): number[] => counted.map(({ counter }) => counter.count);
    const [before, cpuNs, since] = [statements(), await processCpuNs(worker.pid), performance.now()];
    await sleep(seconds * 1_000);
    const tookMs = performance.now() - since;
    const usedNs = (await processCpuNs(worker.pid)) - cpuNs;
    return {
      databases: DATABASES,
      seconds,
      cpuPercent: usedNs / 1e4 / tookMs,
      statementsPerSecond: statements().map((n, index) => ((n - (before[index] ?? 0)) * 1_000) / tookMs),
    };
  } finally {
    signal(worker.pid, 'SIGTERM');
    await worker.exited;
    for (const database of databases) await environment.dropDatabase(database);
  }
}

export interface TakeoverResult {
  readonly leaseMs: number;
  /** from the signal until the other worker holds everything, ms */
  readonly sigtermMs: readonly number[];
  readonly sigkillMs: readonly number[];
}

const LEASE_MS = 10_000;

/** Two built workers share a database; one ends. */
export async function measureTakeover(
  environment: BenchEnvironment,
  { rounds, told }: { readonly rounds: number; readonly told: (text: string) => void },
): Promise<TakeoverResult> {
  const database = await environment.database({ outbox: true });
  const took = { SIGTERM: [] as number[], SIGKILL: [] as number[] };
  try {
    await withClient(database.url, async (client) => {
      const options = { databases: [database], leaseMs: LEASE_MS };
      let stays = await startWorker(environment, options);
      for (let round = 1; round <= rounds; round += 1) {
        for (const name of ['SIGTERM', 'SIGKILL'] as const) {
          told(`takeover after ${name}, round ${round} of ${rounds}`);
          const goes = stays;
          stays = await startWorker(environment, options);
          await until(environment, 'the workers share the shards', async () => {
            return (await shardsOf(client, goes.pid)) === ALL / 2 && (await shardsOf(client, stays.pid)) === ALL / 2;
          });
          const since = performance.now();
          signal(goes.pid, name);
          await until(
            environment,
            'the other holds all shards',
            async () => (await shardsOf(client, stays.pid)) === ALL,
            1,
          );
          took[name].push(performance.now() - since);
          await goes.exited;
        }
      }
      signal(stays.pid, 'SIGTERM');
      await stays.exited;
    });
  } finally {
    await environment.dropDatabase(database);
  }
  return { leaseMs: LEASE_MS, sigtermMs: took.SIGTERM, sigkillMs: took.SIGKILL };
}
