import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { payments } from '@outrider/scripts/cli/parse';
import type { Screen } from '@outrider/scripts/cli/screen';
import { startInstallation } from '@outrider/scripts/installation/start-installation';
import { createRun } from '@outrider/scripts/run/run-directory';
import { inTurns } from '../in-turns.js';
import { ordersOf, ordersPerSecond } from '../orders-round.js';
import { hotResult, SHAPES, SPREAD_PRODUCTS, type HotResult, type Round, type Shape } from './shapes.js';

export interface ThroughInstallation {
  readonly replicas: number;
  readonly orders: number;
  readonly rounds: number;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

/**
 * Orders through everything: from the first POST to the last order's end.
 * @throws CommandError when not every order completes
 */
export async function throughInstallation(options: ThroughInstallation): Promise<HotResult> {
  const { replicas, orders, rounds, screen, signal } = options;
  const root = await mkdtemp(join(tmpdir(), 'outrider-bench-'));
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rm(root, { recursive: true }));
  const run = await createRun(root);
  const running = await startInstallation({ root, run, replicas, payments: payments(''), seed: 1, screen, undo });
  const place = async (shape: Shape, name: string): Promise<Round> => {
    const skuOf = (order: number): string => (shape === 'hot' ? 'HOT' : `SPREAD-${order % SPREAD_PRODUCTS}`);
    const rate = await ordersPerSecond(running, ordersOf(orders, name, skuOf), screen, signal);
    return { orders, ordersPerSecond: rate };
  };
  for (const shape of SHAPES) await place(shape, `warm-${shape}`);
  // awaited here: what was started is undone when this function is left
  const measured = await inTurns(SHAPES, rounds, (shape, round) => place(shape, `${round}-${shape}`));
  return hotResult(`the installation, ${replicas} of each`, measured);
}
