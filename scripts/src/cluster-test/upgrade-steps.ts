import { CommandError } from '../cli/errors.js';
import { plural } from '../cli/screen.js';
import type { Cluster } from './cluster.js';
import { CONNECTIONS_END } from './connection-age.js';
import { ready, startServers, stopServers, untilOldPodsAreGone } from './install-steps.js';
import { underLoad } from './load.js';
import { balanceBooks } from './order-steps.js';
import { CHART, RELEASE, SERVING, VALUES } from './release.js';
import { findReleased, type Released } from './released-images.js';
import type { Step, TestRun } from './test-run.js';

const WITHIN = '--timeout=10m';

/** Values that both versions know: those of this one's example. */
const values = (version: string): string[] => [
  `--values=${VALUES}`,
  `--set-string=global.image.tag=${version}`,
  ...CONNECTIONS_END,
];

async function mustBeReleased(): Promise<Released> {
  const released = await findReleased();
  if (released !== undefined) return released;
  throw new CommandError(
    'There is no release to upgrade from: charts/released holds none, or this clone does not reach back to its commit (git fetch --unshallow).',
  );
}

/** Begins again with what a shop has before the upgrade: its servers have never seen this version. */
async function installReleased(test: TestRun): Promise<string> {
  const { cluster } = test;
  const { version, archive } = await mustBeReleased();
  await cluster.h(['uninstall', RELEASE, '--wait', '--timeout=3m', '--ignore-not-found']);
  await test.leave();
  await stopServers(cluster);
  // before its servers, which it must wait for without starting anything again
  await cluster.h(['install', RELEASE, archive, ...values(version)]);
  await startServers(cluster);
  return `version ${version}, then its servers, with nothing in them: ${await ready(test)}`;
}

async function upgrade(test: TestRun): Promise<string> {
  const { cluster, version } = test;
  const came = await underLoad(test, 'none', async () => {
    await cluster.h(['upgrade', RELEASE, CHART, ...values(version), '--wait', WITHIN]);
    await untilOldPodsAreGone(cluster);
  });
  return `${await onlyVersion(cluster, version)}: ${came}; ${await balanceBooks(test)}`;
}

async function back(test: TestRun): Promise<string> {
  const { cluster } = test;
  const { version } = await mustBeReleased();
  const came = await underLoad(test, 'none', async () => {
    await cluster.h(['rollback', RELEASE, '--wait', WITHIN]);
    await untilOldPodsAreGone(cluster);
  });
  return `${await onlyVersion(cluster, version)}: ${came}; ${await balanceBooks(test)}`;
}

/** @throws CommandError when a pod of the release runs another version */
async function onlyVersion(cluster: Cluster, version: string): Promise<string> {
  const images = await cluster.list(
    ['pods', SERVING, '--field-selector=status.phase=Running'],
    '{.spec.containers[0].image}',
  );
  const others = images.filter((image) => !image.endsWith(`:${version}`));
  if (others.length > 0) throw new CommandError(`Not of version ${version}: ${others.join(', ')}`);
  return `${plural(images.length, 'pod')} of ${version}`;
}

export const RELEASED_STEP: Step = {
  name: 'released',
  title: 'The last release, installed again',
  run: installReleased,
};
export const UPGRADE_STEP: Step = { name: 'upgrade', title: 'Upgraded under load', run: upgrade };
export const BACK_STEP: Step = { name: 'back', title: 'Rolled back under load', run: back };
