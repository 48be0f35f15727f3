import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { payments } from '@outrider/scripts/cli/parse';
import type { Screen } from '@outrider/scripts/cli/screen';
import type { Running } from '@outrider/scripts/installation/describe';
import { startInstallation } from '@outrider/scripts/installation/start-installation';
import { createRun } from '@outrider/scripts/run/run-directory';
import { startInfra } from '@outrider/testkit';
import { inTurns } from '../in-turns.js';
import { measuredRound, ordersOf, type OrdersRound } from '../orders-round.js';
import { withServers } from '../with-servers.js';
import { startByHand } from './start-by-hand.js';

const PRODUCTS = 500;
const LEASE_MS = 10_000;
const CARRIERS = ['ours', 'byHand'] as const;
export type Carrier = (typeof CARRIERS)[number];

export interface OrdersByHand {
  readonly orders: number;
  readonly rounds: number;
  /** orders that each process carries before it is measured: V8 compiles what is often run, and that takes long */
  readonly warm: number;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

/**
 * An installation and the program that is written by hand, on the same servers, which get their orders in turns. The servers
 * are durable: each commit waits for the disk.
 * @throws CommandError when not every order completes
 */
export async function ordersByHand(options: OrdersByHand): Promise<Record<Carrier, OrdersRound[]>> {
  const { orders, rounds, warm, screen, signal } = options;
  const root = await mkdtemp(join(tmpdir(), 'outrider-bench-'));
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rm(root, { recursive: true }));
  const infra = await startInfra({ fullJvm: true, log: (line) => screen.item(line) });
  undo.defer(() => infra.stop());
  const own = join(root, 'ours');
  await mkdir(own);
  const run = await createRun(own);
  const start = { root: own, run, replicas: 1, payments: payments(''), seed: 1, servers: 'url', screen, undo } as const;
  const running: Readonly<Record<Carrier, Running>> = {
    ours: await withServers(infra, () => startInstallation(start)),
    byHand: await startByHand({ infra, root, relays: 1, leaseMs: LEASE_MS, payments: '', undo }),
  };
  const place = async (carrier: Carrier, round: number | 'warm'): Promise<OrdersRound> => {
    screen.item(`orders, ${carrier}, round ${round}`);
    const file = ordersOf(
      round === 'warm' ? warm : orders,
      `${carrier}-${round}`,
      (order) => `SPREAD-${order % PRODUCTS}`,
    );
    return measuredRound(running[carrier], file, screen, signal);
  };
  for (const carrier of CARRIERS) await place(carrier, 'warm');
  // awaited here: what was started is undone when this function is left
  return await inTurns(CARRIERS, rounds, place);
}
