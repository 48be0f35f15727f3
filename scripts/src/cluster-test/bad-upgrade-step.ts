import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../cli/errors.js';
import { plural } from '../cli/screen.js';
import { badUpgrades, type BadUpgrade } from './bad-upgrades.js';
import type { Cluster } from './cluster.js';
import { untilOldPodsAreGone, untilRolledOut } from './install-steps.js';
import { underLoad } from './load.js';
import { balanceBooks } from './order-steps.js';
import { CHART, RELEASE, SERVING } from './release.js';
import type { Step, TestRun } from './test-run.js';

/** How long an upgrade that cannot succeed is waited for. */
const HOPELESS = '--timeout=20s';
/** How often, a second apart, is looked for the reason. */
const LOOKED_AT_S = 60;

async function tryBadUpgrades(test: TestRun): Promise<string> {
  const { cluster, screen } = test;
  const before = await serving(cluster);
  const bad = await badUpgrades(cluster);
  const came = await underLoad(test, 'none', async () => {
    for (const one of bad) screen.item(`${one.what}: ${await mustFail(cluster, one)}`);
    await untilOldPodsAreGone(cluster);
  });
  const after = await serving(cluster);
  const gone = before.filter((pod) => !after.includes(pod));
  if (gone.length > 0) throw new CommandError(`Pods that served before are gone: ${gone.join(', ')}`);
  return `${plural(bad.length, 'upgrade')} refused, the pods are those of before: ${came}; ${await balanceBooks(test)}`;
}

/** Upgrades, and goes back. @returns the last line of what Helm said */
async function mustFail(cluster: Cluster, { what, values, look, objects = [] }: BadUpgrade): Promise<string> {
  const further = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  if (objects.length > 0) await cluster.k(['create', '--filename=-'], further);
  const sets = Object.entries(values).map(([key, value]) => `--set-json=${key}=${JSON.stringify(value)}`);
  const upgrade = ['upgrade', RELEASE, CHART, '--reuse-values', ...sets, '--wait', '--wait-for-jobs', HOPELESS];
  const said = await cluster.h(upgrade).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof CommandError) return error.message;
      throw error;
    },
  );
  if (said === undefined) throw new CommandError(`With ${what}, helm upgrade ended well.`);
  const seen = await whatIsSeen(cluster, look);
  if (!look.says.test(seen)) {
    throw new CommandError(`With ${what}, kubectl does not show why:\n${seen}Helm said:\n${said}`);
  }
  await cluster.h(['rollback', RELEASE, '--wait', '--timeout=5m']);
  await untilRolledOut(cluster);
  if (objects.length > 0) await cluster.k(['delete', '--filename=-'], further);
  return said.trim().split('\n').at(-1) ?? '';
}

/** What kubectl shows as soon as it says why, or after a minute: a registry that cannot be reached says so when its time is up. */
async function whatIsSeen(cluster: Cluster, { args, says }: BadUpgrade['look']): Promise<string> {
  for (let second = 0; ; second++) {
    const seen = await cluster.k(args);
    if (says.test(seen) || second === LOOKED_AT_S) return seen;
    await sleep(1_000, undefined, { signal: cluster.signal });
  }
}

function serving(cluster: Cluster): Promise<string[]> {
  return cluster.list(['pods', SERVING, '--field-selector=status.phase=Running'], '{.metadata.name}');
}

export const BAD_UPGRADE_STEP: Step = {
  name: 'bad-upgrade',
  title: 'Upgrades that cannot succeed, under load',
  run: tryBadUpgrades,
};
