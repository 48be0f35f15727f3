import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { CommandError } from '../../cli/errors.js';
import { plural } from '../../cli/screen.js';
import { askOutrider } from '../order-steps.js';
import type { TestRun } from '../test-run.js';

const deadLettersSchema = z.array(
  z.object({
    status: z.enum(['PARKED', 'RETRYING']),
    topic: z.string(),
    key: z.string().nullable(),
    partition: z.int().nullable(),
    offset: z.string().nullable(),
    events: z.int(),
  }),
);
/** Commands that are shown; the others read the same. */
const SHOWN = 3;
const ATTEMPTS = 5;
const AGAIN_AFTER_MS = 2_000;

/**
 * What a person does about messages that a bad version has parked: waits until its last pod is gone, lists them, and has
 * the stable revision handle them. Those that are tried again by themselves are left to that.
 * @returns the commands, and what came of them
 */
export async function replayParked(test: TestRun, service: string, revision: string): Promise<string[]> {
  const { cluster, signal } = test;
  const selector = `--selector=commerce.outrider.dev/revision=${revision},app.kubernetes.io/component!=migrate`;
  while ((await cluster.list(['pods', selector], '{.metadata.name}')).length > 0) {
    await sleep(500, undefined, { signal });
  }
  const found = deadLettersSchema.parse(await asked(test, ['inbox', 'parked', '--service', service]));
  const parked = found.filter(({ status }) => status === 'PARKED');
  const commands = parked.map(({ topic, key, partition, offset }) => [
    'inbox',
    'retry',
    topic,
    ...(key === null ? ['--at', `${partition}/${offset}`] : [key]),
  ]);
  for (const command of commands) await asked(test, [...command, '--service', service]);
  const messages = parked.reduce((sum, { events }) => sum + events, 0);
  return [
    ...commands
      .slice(0, SHOWN)
      .map((command) => `scripts/outrider ${command.join(' ')} --namespace ${cluster.namespace}`),
    `${plural(parked.length, 'parked key')}, ${plural(messages, 'message')}: handled by the stable revision; ${plural(found.length - parked.length, 'key')} tried again by themselves`,
  ];
}

/** A node whose pods have just changed may not answer at once: it is asked again, as a person would. */
async function asked(test: TestRun, command: readonly string[]): Promise<unknown> {
  for (let left = ATTEMPTS; ; left -= 1) {
    try {
      return await askOutrider(test, ...command);
    } catch (error) {
      if (!(error instanceof CommandError) || left <= 1) throw error;
      await sleep(AGAIN_AFTER_MS, undefined, { signal: test.signal });
    }
  }
}
