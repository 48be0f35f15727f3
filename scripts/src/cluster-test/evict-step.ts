import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../cli/errors.js';
import { plural } from '../cli/screen.js';
import type { Cluster } from './cluster.js';
import { untilOldPodsAreGone, untilRolledOut } from './install-steps.js';
import { underLoad } from './load.js';
import { balanceBooks } from './order-steps.js';
import { CHART, OF_RELEASE, PROCESSES, RELEASE, SERVING } from './release.js';
import type { Step, TestRun } from './test-run.js';

/** A pod that may not go yet is asked for again, as `kubectl drain` does, ms. */
const AGAIN_MS = 500;
const GONE_WITHIN_MS = 300_000;

/** Without the pod that places orders. */
const PROCESSES_PODS = `${SERVING},app.kubernetes.io/name!=test`;

/** What a budget is made for: these have two pods. */
const TWO = PROCESSES.filter((name) => name !== 'reconciler');

/**
 * Evicts every pod, as `kubectl drain` does of a node, with two of each: a budget lets one of them go at a time. The node
 * stays open to their successors, since there may be no other.
 */
async function evictAll(test: TestRun): Promise<string> {
  const { cluster } = test;
  const replicas = (count: number): string[] => TWO.map((name) => `--set=${name}.replicas=${count}`);
  const upgrade = ['upgrade', RELEASE, CHART, '--reuse-values', '--wait', '--timeout=5m'];
  await cluster.h([...upgrade, ...replicas(2)]);
  const budgets = await cluster.list(['poddisruptionbudgets', OF_RELEASE], '{.metadata.name}');
  if (budgets.length !== TWO.length) throw new CommandError(`There are other budgets: ${budgets.join(', ')}`);
  let pods: readonly string[] = [];
  let refused = 0;
  const came = await underLoad(test, 'none', async () => {
    pods = await cluster.list(['pods', PROCESSES_PODS, '--field-selector=status.phase=Running'], '{.metadata.name}');
    const times = await Promise.all(pods.map((pod) => evict(test, pod)));
    refused = times.reduce((sum, one) => sum + one, 0);
    await untilRolledOut(cluster);
    await untilOldPodsAreGone(cluster);
  });
  if (refused === 0) throw new CommandError('No budget kept a pod: all were evicted at once.');
  const books = await balanceBooks(test);
  await cluster.h([...upgrade, ...replicas(1)]);
  return `${plural(pods.length, 'pod')} evicted, ${plural(refused, 'time')} a budget said not yet: ${came}; ${books}`;
}

/** Asks for a pod to go until it may. @returns how often it might not */
async function evict({ cluster, signal }: TestRun, pod: string): Promise<number> {
  const { namespace } = cluster;
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/eviction`;
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace } };
  const deadline = performance.now() + GONE_WITHIN_MS;
  for (let refused = 0; ; refused++, await sleep(AGAIN_MS, undefined, { signal })) {
    const said = await askToGo(cluster, path, eviction);
    if (said === undefined) return refused;
    if (performance.now() > deadline) throw new CommandError(`${pod} may not be evicted: ${said}`);
  }
}

/** @returns what a budget said, or nothing when the pod goes @throws CommandError when it was something else */
async function askToGo(cluster: Cluster, path: string, eviction: object): Promise<string | undefined> {
  try {
    await cluster.kubectl.run(['create', `--raw=${path}`, '--filename=-'], {
      input: JSON.stringify(eviction),
      signal: cluster.signal,
    });
    return undefined;
  } catch (error) {
    if (error instanceof CommandError && /TooManyRequests|disruption budget/u.test(error.message)) return error.message;
    throw error;
  }
}

export const EVICT_STEP: Step = { name: 'evict', title: 'All pods evicted under load', run: evictAll };
