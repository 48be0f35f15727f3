import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { InfraError } from '../infra-error.js';
import type { KeptProcess } from '../keeper/keeper.js';

const LOOK_EVERY_MS = 50;

/**
 * Waits until a server's log holds a line matching `ready` and returns the log.
 *
 * @param timeoutMs how long the server may take, ms
 * @throws InfraError INFRA_START_FAILED with the end of the log, when the server ends or takes too long.
 */
export async function waitUntilStarted(
  name: string,
  process: KeptProcess,
  logFile: string,
  ready: RegExp,
  timeoutMs = 120_000,
): Promise<string> {
  let over = false;
  void process.exited.then(() => (over = true));
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const ended = over;
    const log = await readFile(logFile, 'utf8');
    if (ready.test(log)) return log;
    if (ended) throw new InfraError('INFRA_START_FAILED', `${name} ended while starting: ${lastLines(log)}`);
    if (Date.now() > deadline) {
      throw new InfraError('INFRA_START_FAILED', `${name} was not up after ${timeoutMs / 1000} s: ${lastLines(log)}`);
    }
    await sleep(LOOK_EVERY_MS);
  }
}

/** The end of a log, on one line. */
export function lastLines(log: string): string {
  return log.trim().split('\n').slice(-5).join(' | ');
}
