import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { payments } from '@outrider/scripts/cli/parse';
import type { Screen } from '@outrider/scripts/cli/screen';
import type { Running } from '@outrider/scripts/installation/describe';
import { startInstallation } from '@outrider/scripts/installation/start-installation';
import { createRun } from '@outrider/scripts/run/run-directory';
import { inTurns } from '../in-turns.js';
import { ordersOf, ordersPerSecond } from '../orders-round.js';

const PRODUCTS = 500;
/** Processes of each service. */
const REPLICAS = { one: 1, three: 3 } as const;
type Many = keyof typeof REPLICAS;
const MANY = ['one', 'three'] as const;

export interface OrdersByReplicas {
  readonly orders: number;
  readonly rounds: number;
  /** orders that each process carries before it is measured: V8 compiles what is often run, and that takes long */
  readonly warm: number;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

/**
 * Two installations beside each other, of one and of three processes of each service, which get their orders in turns.
 * @returns orders a second of each round
 * @throws CommandError when not every order completes
 */
export async function ordersByReplicas(options: OrdersByReplicas): Promise<Record<Many, number[]>> {
  const { orders, rounds, warm, screen, signal } = options;
  const root = await mkdtemp(join(tmpdir(), 'outrider-bench-'));
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rm(root, { recursive: true }));
  const running = new Map<Many, Running>();
  for (const many of MANY) {
    const own = join(root, many);
    const run = await createRun(own);
    const start = { root: own, run, replicas: REPLICAS[many], payments: payments(''), seed: 1, screen, undo };
    running.set(many, await startInstallation(start));
  }
  const place = async (many: Many, round: number | 'warm'): Promise<number> => {
    const installation = running.get(many);
    if (installation === undefined) throw new Error(`${many} was not started`);
    screen.item(`orders, ${many} of each service, round ${round}`);
    const file = ordersOf(
      round === 'warm' ? warm * REPLICAS[many] : orders,
      `${many}-${round}`,
      (order) => `SPREAD-${order % PRODUCTS}`,
    );
    return ordersPerSecond(installation, file, screen, signal);
  };
  for (const many of MANY) await place(many, 'warm');
  // awaited here: what was started is undone when this function is left
  return await inTurns(MANY, rounds, place);
}
