import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../../cli/errors.js';
import type { TestRun } from '../test-run.js';
import { command, readService } from './roll-out.js';

/** A retried revision is migrated, tried and judged again. */
const STABLE_WITHIN_MS = 240_000;

/**
 * What a person may say of a service that runs its second revision: undo, which goes back to the first one; promote of
 * what was undone, which is refused; retry, after which it has taken over again.
 * @returns a line for each
 */
export async function commandsOf(test: TestRun, service: 'order'): Promise<string[]> {
  const { status } = await readService(test, service);
  const [now, before] = (status?.history ?? []).map(({ revision }) => revision);
  if (now === undefined || before === undefined) throw new CommandError(`${service} has no revision to go back to.`);
  const undone = await commanded(test, service, 'undo', before, before);
  const refused = await command(test, service, 'promote', now, 'refused');
  const retried = await commanded(test, service, 'retry', now, now);
  return [
    `undo=${before} of ${service}: stable with all its pods ready after ${undone} s`,
    `promote=${now} is refused: ${refused}`,
    `retry=${now}: stable again after ${retried} s`,
  ];
}

/** @returns seconds until the revision was stable with all its pods ready */
async function commanded(
  test: TestRun,
  service: string,
  name: string,
  revision: string,
  stable: string,
): Promise<number> {
  const begun = performance.now();
  await command(test, service, name, revision);
  for (;;) {
    const { spec, status } = await readService(test, service);
    const all = status?.readyReplicas === spec.replicas && status.replicas === spec.replicas;
    if (all && status.stableRevision === stable) return Math.round((performance.now() - begun) / 100) / 10;
    if (performance.now() - begun > STABLE_WITHIN_MS) {
      throw new CommandError(`${name}=${revision}: ${service} is ${status?.phase}, and ${stable} is not stable.`);
    }
    await sleep(250, undefined, { signal: test.signal });
  }
}
