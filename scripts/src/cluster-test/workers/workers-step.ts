import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OutboxWorker, OutboxWorkerStatus } from '@outrider/operator/api';
import { CommandError } from '../../cli/errors.js';
import { plural, secondsSince } from '../../cli/screen.js';
import { noteSettings } from '../../installation/run-notes.js';
import { goOver, installOperator, OperatedRelease, resourceOf } from '../canary/operated.js';
import { underLoad } from '../load.js';
import { balanceBooks } from '../order-steps.js';
import type { Step, TestRun } from '../test-run.js';
import { Backlog } from './backlog.js';
import { watchTakeovers } from './takeovers.js';

const WORKER = 'outbox-worker';
const EVENTS = 300_000;
const TARGET_S = 5;
const SCALING = {
  minReplicas: 1,
  maxReplicas: 4,
  targetAge: `${TARGET_S}s`,
  scaleDownAfter: '15s',
  interval: '2s',
  databaseConnectionBudget: 80,
};
/** A worker may not have the whole node: more of them would not be faster. */
const RESOURCES = { requests: { cpu: '0' }, limits: { cpu: '200m' } };
const LOOK_EVERY_MS = 500;
const REACHES_WITHIN_MS = 300_000;

async function statusOf({ cluster }: TestRun): Promise<OutboxWorkerStatus> {
  const text = await cluster.k(['get', resourceOf(WORKER), '--output=json']);
  return (JSON.parse(text) as OutboxWorker).status ?? {};
}

/** Looks at the workers until they are as wanted. @throws CommandError when that takes too long */
async function reaches(
  test: TestRun,
  what: string,
  wanted: (status: OutboxWorkerStatus) => boolean,
): Promise<OutboxWorkerStatus> {
  for (const deadline = performance.now() + REACHES_WITHIN_MS; ; await sleep(LOOK_EVERY_MS)) {
    test.signal.throwIfAborted();
    const status = await statusOf(test);
    if (wanted(status)) return status;
    if (performance.now() > deadline) throw new CommandError(`Not reached: ${what}. ${JSON.stringify(status)}`);
  }
}

/** As much as takes several workers; then none. */
async function backlog(test: TestRun): Promise<string> {
  const since = performance.now();
  const filled = await Backlog.fill(test, EVENTS);
  const stop = new AbortController();
  const takeovers = watchTakeovers(test, stop.signal);
  const counts: number[] = [];
  let oldest = 0;
  let gone: string | undefined;
  try {
    await reaches(test, 'more than one worker, and one again', (status) => {
      const { scaling, readyReplicas = 0, oldestAgeSeconds = 0, pendingEvents = 0 } = status;
      oldest = Math.max(oldest, oldestAgeSeconds);
      if (readyReplicas !== counts.at(-1)) counts.push(readyReplicas);
      const most = Math.max(...counts);
      if (most > 1 && oldestAgeSeconds <= TARGET_S && pendingEvents < 1_000) gone ??= secondsSince(since);
      return gone !== undefined && scaling?.replicas === 1 && readyReplicas === 1;
    });
  } finally {
    stop.abort();
  }
  const { count, longestMs, medianMs } = await takeovers;
  const { again } = await filled.read();
  return [
    `${EVENTS} events: ${counts.join(' → ')} workers; under ${TARGET_S} s again after ${gone} (oldest ${oldest} s), one worker after ${secondsSince(since)}`,
    `0 lost, 0 inverted, ${again} twice; ${plural(count, 'shard')} of order went from worker to worker, in ${medianMs} ms (median), ${longestMs} ms at the most`,
  ].join('; ');
}

async function workers(test: TestRun): Promise<string> {
  const { run: notes } = await test.reach();
  // orders of an earlier step may have failed, as they were to
  await noteSettings(notes, { behaviour: {}, outcomes: 'any' });
  await installOperator(test);
  const release = new OperatedRelease(test, join(notes.directory, 'operated.json'));
  release.set(WORKER, { scaling: SCALING, resources: RESOURCES });
  await goOver(test, release, [WORKER], 'operator');
  let said = '';
  const came = await underLoad(test, 'none', async () => {
    said = await backlog(test);
  });
  test.screen.item(said);
  return `${came}; ${await balanceBooks(test)}`;
}

/** By `--only` alone: takes some minutes, and leaves the workers with the operator. */
export const WORKERS_STEP: Step = { name: 'workers', title: 'Workers for a backlog, by the operator', run: workers };
