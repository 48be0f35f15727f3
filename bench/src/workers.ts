import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { freePort, type KeptProcess } from '@outrider/testkit';
import pg from 'pg';
import { CommandError } from '@outrider/scripts/cli/errors';
import { logEnd } from '@outrider/scripts/installation/log-end';
import type { BenchDatabase, BenchEnvironment } from './bench-environment.js';

const MAIN = fileURLToPath(new URL('../../services/outbox-worker/dist/main.js', import.meta.url));
const LONGEST_MS = 60_000;

export interface WorkerOptions {
  readonly databases: readonly BenchDatabase[];
  readonly leaseMs: number;
  /** where its metrics are; a free one by default */
  readonly adminPort?: number;
  /** further settings */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the outbox worker, as it is built, on a free admin port; it ends with the environment. */
export async function startWorker(
  environment: BenchEnvironment,
  { databases, leaseMs, adminPort, env = {} }: WorkerOptions,
): Promise<KeptProcess> {
  const logFile = join(environment.directory, 'worker.log');
  return environment.keeper.spawn({
    command: process.execPath,
    args: ['--disable-warning=TimeoutNegativeWarning', MAIN],
    env: {
      PATH: process.env['PATH'],
      DATABASE_URLS: databases.map(({ name, url }) => `${name}=${url}`).join(','),
      KAFKA_BROKERS: environment.infra.brokers.join(','),
      HOST: '127.0.0.1',
      ADMIN_PORT: String(adminPort ?? (await freePort())),
      LEASE_MS: String(leaseMs),
      LOG_LEVEL: 'warn',
      ...env,
    },
    cwd: environment.directory,
    logFile,
    stopSignal: 'SIGTERM',
  });
}

/** Waits for a condition. @throws CommandError with what the workers logged last, when it does not come */
export async function until(
  environment: BenchEnvironment,
  what: string,
  condition: () => Promise<boolean>,
  everyMs = 20,
): Promise<void> {
  const deadline = performance.now() + LONGEST_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) {
      const end = await logEnd(join(environment.directory, 'worker.log'));
      throw new CommandError(`${what}: not after ${LONGEST_MS / 1_000} s; the workers' log ends:\n${end}`);
    }
    await sleep(everyMs);
  }
}

/** Shards that a living lease binds to this process. */
export async function shardsOf(client: pg.Client, pid: number): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM outbox_lease WHERE lease_until>now() AND owner LIKE '%/' || $1::text || '/%'`,
    [pid],
  );
  return rows[0]?.n ?? 0;
}

/** A signal, unless the process is gone already. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
