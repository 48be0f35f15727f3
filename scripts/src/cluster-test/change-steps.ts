import { balanceBooks } from './order-steps.js';
import { untilOldPodsAreGone, untilRolledOut } from './install-steps.js';
import { underLoad } from './load.js';
import { OF_RELEASE } from './release.js';
import type { Step, TestRun } from './test-run.js';

async function kill(test: TestRun): Promise<string> {
  const { cluster } = test;
  const came = await underLoad(test, 'some', async () => {
    for (const name of ['outbox-worker', 'order']) {
      const pods = ['pod', `${OF_RELEASE},app.kubernetes.io/name=${name}`];
      // SIGKILL: neither preStop nor draining
      await cluster.k(['delete', ...pods, '--force', '--grace-period=0', '--wait=false']);
      await untilRolledOut(cluster);
    }
  });
  return `outbox-worker and order killed: ${came}; ${await balanceBooks(test)}`;
}

async function roll(test: TestRun): Promise<string> {
  const { cluster } = test;
  const came = await underLoad(test, 'none', async () => {
    // one after another, so that each is seen by itself; the old pod of one drains while the next is replaced
    for (const deployment of await cluster.list(['deployments', OF_RELEASE], '{.metadata.name}')) {
      await cluster.k(['rollout', 'restart', `deployment/${deployment}`]);
      await untilRolledOut(cluster);
    }
    await untilOldPodsAreGone(cluster);
  });
  return `${came}; ${await balanceBooks(test)}`;
}

export const CHANGE_STEPS: readonly Step[] = [
  { name: 'kill', title: 'Pods killed under load', run: kill },
  { name: 'roll', title: 'All pods replaced under load', run: roll },
];
