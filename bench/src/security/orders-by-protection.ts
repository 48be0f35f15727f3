import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { payments } from '@outrider/scripts/cli/parse';
import type { Screen } from '@outrider/scripts/cli/screen';
import type { Running } from '@outrider/scripts/installation/describe';
import { createSecurity } from '@outrider/scripts/installation/secure-servers';
import { startInstallation } from '@outrider/scripts/installation/start-installation';
import { createRun } from '@outrider/scripts/run/run-directory';
import { inTurns } from '../in-turns.js';
import { measuredRound, ordersOf, type OrdersRound } from '../orders-round.js';
import { PROTECTIONS, type Protection } from './protection.js';

const PRODUCTS = 500;

export interface OrdersByProtection {
  readonly orders: number;
  readonly rounds: number;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

/**
 * Two installations beside each other, one in plain text and one secured, which get their orders in turns.
 * @throws CommandError when not every order completes
 */
export async function ordersByProtection(options: OrdersByProtection): Promise<Record<Protection, OrdersRound[]>> {
  const { orders, rounds, screen, signal } = options;
  const root = await mkdtemp(join(tmpdir(), 'outrider-bench-'));
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rm(root, { recursive: true }));
  const running = new Map<Protection, Running>();
  for (const protection of PROTECTIONS) {
    // the earlier one keeps its own up.json
    const own = join(root, protection);
    const run = await createRun(own);
    const security = protection === 'secure' ? await createSecurity(run) : undefined;
    const start = {
      root: own,
      run,
      replicas: 1,
      payments: payments(''),
      seed: 1,
      security,
      fullJvm: true,
      screen,
      undo,
    };
    running.set(protection, await startInstallation(start));
  }
  const place = async (protection: Protection, round: number | 'warm'): Promise<OrdersRound> => {
    const installation = running.get(protection);
    if (installation === undefined) throw new Error(`${protection} was not started`);
    const name = `${protection}-${round}`;
    const file = ordersOf(orders, name, (order) => `SPREAD-${order % PRODUCTS}`);
    return measuredRound(installation, file, screen, signal);
  };
  for (const protection of PROTECTIONS) await place(protection, 'warm');
  // awaited here: what was started is undone when this function is left
  return await inTurns(PROTECTIONS, rounds, place);
}
