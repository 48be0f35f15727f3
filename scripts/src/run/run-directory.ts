import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PROJECT_ROOT } from './project.js';

/** Where one run keeps its logs, its keys and what it noted. */
export interface Run {
  /** names the run's databases, topics and Redis keys; sorts by time */
  readonly id: string;
  /** absolute, mode 700 */
  readonly directory: string;
  readonly logs: string;
}

const RUN_ID = /^\d{8}-\d{6}-[0-9a-f]{4}$/u;

/** The folder of all runs: OUTRIDER_RUN_DIR, or `.run` in the checkout. */
export function runRoot(env: NodeJS.ProcessEnv = process.env): string {
  const given = env['OUTRIDER_RUN_DIR'];
  return given === undefined || given === '' ? join(PROJECT_ROOT, '.run') : resolve(given);
}

/** The paths of a run. */
export function runAt(root: string, id: string): Run {
  const directory = join(root, id);
  return { id, directory, logs: join(directory, 'logs') };
}

/** Makes the folder of a new run. */
export async function createRun(root: string, now = new Date()): Promise<Run> {
  const time = now.toISOString().replaceAll(/[-:]/gu, '').replace('T', '-').slice(0, 15);
  const run = runAt(root, `${time}-${randomBytes(2).toString('hex')}`);
  await mkdir(run.logs, { recursive: true, mode: 0o700 });
  return run;
}

/** Removes all but the newest `keep` runs; their logs are what is kept of a run. */
export async function forgetOldRuns(root: string, keep: number): Promise<void> {
  const runs = (await readdir(root)).filter((name) => RUN_ID.test(name)).sort();
  for (const name of runs.slice(0, Math.max(0, runs.length - keep))) {
    await rm(join(root, name), { recursive: true, force: true });
  }
}
