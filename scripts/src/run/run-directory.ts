import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '../cli/errors.js';
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

/** Makes the folder of all runs, unless it is there. @throws UsageError when that cannot be, or nothing can be written there */
export async function makeRunRoot(root: string): Promise<void> {
  try {
    await makeFolder(root);
    await access(root, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new UsageError(`Runs cannot be kept in ${root} (OUTRIDER_RUN_DIR): ${reasonOf(error)}.`, { cause: error });
  }
}

/** Not by mkdir's own `recursive`, which never ends where a file system makes no folders, as that of /proc. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'a file of that name is there',
  ENOTDIR: 'a file is in the way',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'nothing can be written there',
};

function reasonOf(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? message;
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
