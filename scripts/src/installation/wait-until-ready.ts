import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../cli/errors.js';
import { logEnd } from './log-end.js';
import type { Program, Supervisor } from './supervisor.js';

/** A program and where it says that it is ready. */
export interface Readiness {
  readonly program: Program;
  readonly url: string;
}

const LOOK_EVERY_MS = 100;
const LONGEST_MS = 120_000;
/** Dying this often before being ready once is no accident. */
const TOO_MANY_DEATHS = 3;

/**
 * Waits until every program answers that it is ready.
 *
 * @throws CommandError with the end of the log, when one keeps dying or takes too long
 */
export async function waitUntilReady(supervisor: Supervisor, all: readonly Readiness[]): Promise<void> {
  await Promise.all(all.map((one) => waitForOne(supervisor, one)));
}

async function waitForOne(supervisor: Supervisor, { program, url }: Readiness): Promise<void> {
  const deadline = performance.now() + LONGEST_MS;
  while (!(await isReady(url, supervisor.pidOf(program.name)))) {
    const died = supervisor.deathsOf(program.name) >= TOO_MANY_DEATHS;
    if (died || performance.now() > deadline) {
      const { logFile } = program.spec;
      const what = died ? 'keeps ending while it starts' : `was not ready after ${LONGEST_MS / 1000} s`;
      throw new CommandError(`${program.name} ${what}; ${logFile} ends:\n${await logEnd(logFile)}`);
    }
    await sleep(LOOK_EVERY_MS);
  }
}

/** A port may be answered by a stranger, who took it while our own process ends for want of it: then it is not ready. */
async function isReady(url: string, pid: number | undefined): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    const body: unknown = await response.json();
    const answering = typeof body === 'object' && body !== null && 'pid' in body ? body.pid : pid;
    return response.ok && answering === pid;
  } catch {
    // not listening yet, or too busy to answer: the next look shows
    return false;
  }
}
