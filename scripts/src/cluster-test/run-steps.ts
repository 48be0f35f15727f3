import { CommandError } from '../cli/errors.js';
import { secondsSince } from '../cli/screen.js';
import type { Step, TestRun } from './test-run.js';
import { showTrouble } from './trouble.js';

/**
 * Runs steps one after another, until one fails.
 * @returns the exit code
 */
export async function runSteps(steps: readonly Step[], test: TestRun): Promise<number> {
  const { screen, cluster, signal } = test;
  const start = performance.now();
  for (const { name, title, run } of steps) {
    screen.heading(`${title} (${name})`);
    const since = performance.now();
    try {
      screen.item(await run(test));
      screen.item(`good, ${secondsSince(since)}`);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!(error instanceof CommandError)) throw error;
      screen.item(`FAILED, ${secondsSince(since)}: ${error.message}`);
      await showTrouble(screen, cluster);
      screen.heading('Verdict');
      screen.item(`FAILED in ${name}, after ${secondsSince(start)}.`);
      return 1;
    }
  }
  screen.heading('Verdict');
  screen.item(`Everything is as it should be, in ${secondsSince(start)}.`);
  return 0;
}
