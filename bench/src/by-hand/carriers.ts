import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { payments } from '@outrider/scripts/cli/parse';
import type { Screen } from '@outrider/scripts/cli/screen';
import type { Running } from '@outrider/scripts/installation/describe';
import { startInstallation } from '@outrider/scripts/installation/start-installation';
import { createRun } from '@outrider/scripts/run/run-directory';
import { startInfra } from '@outrider/testkit';
import { withServers } from '../with-servers.js';
import { startByHand } from './start-by-hand.js';

const LEASE_MS = 10_000;
export const CARRIERS = ['ours', 'byHand'] as const;
/** Who carries orders: an installation, or the program that is written by hand. */
export type Carrier = (typeof CARRIERS)[number];

/** Starts both, with a process for each service, on the same servers, which are durable: each commit waits for the disk. */
export async function startCarriers(
  screen: Screen,
  undo: AsyncDisposableStack,
): Promise<Readonly<Record<Carrier, Running>>> {
  const root = await mkdtemp(join(tmpdir(), 'outrider-bench-'));
  undo.defer(() => rm(root, { recursive: true }));
  const infra = await startInfra({ fullJvm: true, log: (line) => screen.item(line) });
  undo.defer(() => infra.stop());
  const own = join(root, 'ours');
  await mkdir(own);
  const run = await createRun(own);
  const start = { root: own, run, replicas: 1, payments: payments(''), seed: 1, servers: 'url', screen, undo } as const;
  return {
    ours: await withServers(infra, () => startInstallation(start)),
    byHand: await startByHand({ infra, root, relays: 1, leaseMs: LEASE_MS, payments: '', undo }),
  };
}
