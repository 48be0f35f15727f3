import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError } from '@outrider/scripts/cli/errors';
import { payments } from '@outrider/scripts/cli/parse';
import type { Screen } from '@outrider/scripts/cli/screen';
import { startInstallation } from '@outrider/scripts/installation/start-installation';
import type { Running } from '@outrider/scripts/installation/describe';
import type { OrdersFile } from '@outrider/scripts/orders/load-orders';
import { DEFAULT_CONCURRENCY, runOrders } from '@outrider/scripts/orders/run-orders';
import { createRun } from '@outrider/scripts/run/run-directory';
import { inTurns, SHAPES, SPREAD_PRODUCTS, type HotResult, type Round, type Shape } from './shapes.js';

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
  const place = (shape: Shape, name: string): Promise<Round> =>
    roundOf(running, ordersOf(shape, orders, name), screen, signal);
  for (const shape of SHAPES) await place(shape, `warm-${shape}`);
  // awaited here: what was started is undone when this function is left
  return await inTurns(`the installation, ${replicas} of each`, rounds, (shape, round) =>
    place(shape, `${round}-${shape}`),
  );
}

function ordersOf(shape: Shape, count: number, name: string): OrdersFile {
  const orders = Array.from({ length: count }, (_, order) => ({
    orderId: `${name}-${order}`,
    customer: `customer-${order % 50}`,
    date: '2026-01-01',
    lines: [{ sku: shape === 'hot' ? 'HOT' : `SPREAD-${order % SPREAD_PRODUCTS}`, quantity: 1, unitPriceCents: 100 }],
  }));
  return { path: name, fingerprint: name, orders, problems: [] };
}

async function roundOf(running: Running, file: OrdersFile, screen: Screen, signal: AbortSignal): Promise<Round> {
  const ran = await runOrders({ running, file, stockPercent: 100, concurrency: DEFAULT_CONCURRENCY, screen, signal });
  const completed = ran.orders.filter(({ status }) => status === 'COMPLETED');
  if (completed.length < file.orders.length) {
    throw new CommandError(`Of ${file.orders.length} orders ${completed.length} were completed.`);
  }
  const ended = Math.max(...completed.map(({ updatedAt }) => Date.parse(updatedAt)));
  return { orders: completed.length, ordersPerSecond: (completed.length * 1_000) / (ended - ran.startedAt) };
}
