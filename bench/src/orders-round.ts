import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '@outrider/scripts/cli/errors';
import type { Screen } from '@outrider/scripts/cli/screen';
import type { Running } from '@outrider/scripts/installation/describe';
import type { OrdersFile } from '@outrider/scripts/orders/load-orders';
import { isTerminal, type OrderStatus } from '@outrider/contracts';
import { DEFAULT_CONCURRENCY, runOrders } from '@outrider/scripts/orders/run-orders';
import { machineCpuMs } from './machine-cpu.js';
import { processCpuNs } from './process-cpu.js';
import { percentile } from './statistics.js';

const CUSTOMERS = 50;
/** Requests of a steady rate that may be unanswered at a time. */
const STEADY_REQUESTS = 256;
const NS_PER_MS = 1_000_000;

/** Orders carried through, from the first POST to the last order's end. CPU in ms an order. */
export interface OrdersRound {
  readonly ordersPerSecond: number;
  /** from an order's creation to its end */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** of the services, the worker and the reconciler, by name */
  readonly nodeMs: Readonly<Record<string, number>>;
  /** of everything on this machine, servers and client too; undefined where it cannot be seen */
  readonly machineMs: number | undefined;
}

/** Orders of one piece each. @param name of the file, and of its orders: another one for each round */
export function ordersOf(count: number, name: string, skuOf: (order: number) => string): OrdersFile {
  const orders = Array.from({ length: count }, (_, order) => ({
    orderId: `${name}-${order}`,
    customer: `customer-${order % CUSTOMERS}`,
    date: '2026-01-01',
    lines: [{ sku: skuOf(order), quantity: 1, unitPriceCents: 100 }],
  }));
  return { path: name, fingerprint: name, orders, problems: [] };
}

/** What became of the orders of a file. */
interface Carried {
  /** from the first POST to the last order's end */
  readonly ordersPerSecond: number;
  /** of each order, from its creation to its end by the service's clock */
  readonly toEndMs: readonly number[];
}

/** @param stocked called before the first order */
type Carry = (
  running: Running,
  file: OrdersFile,
  screen: Screen,
  signal: AbortSignal,
  stocked?: () => Promise<void>,
) => Promise<Carried>;

/** @param perSecond a steady rate, however long orders take; unless given the next is placed when one of some has been answered */
const carry =
  (meant: (status: OrderStatus) => boolean, said: string, perSecond?: number): Carry =>
  async (running, file, screen, signal, stocked) => {
    const ran = await runOrders({
      running,
      file,
      stockPercent: 100,
      ...(perSecond === undefined
        ? { concurrency: DEFAULT_CONCURRENCY }
        : { concurrency: STEADY_REQUESTS, due: steadily(perSecond) }),
      ...(stocked !== undefined && { stocked }),
      screen,
      signal,
    });
    const ended = ran.orders.filter(({ status }) => meant(status));
    if (ended.length < file.orders.length) {
      throw new CommandError(`Of ${file.orders.length} orders ${ended.length} ${said}.`);
    }
    const last = Math.max(...ended.map(({ updatedAt }) => Date.parse(updatedAt)));
    return {
      ordersPerSecond: (ended.length * 1_000) / (last - ran.startedAt),
      toEndMs: ended.map(({ createdAt, updatedAt }) => Date.parse(updatedAt) - Date.parse(createdAt)),
    };
  };

/** Resolves when the order with an index is due, counted from the first that is asked about. */
function steadily(perSecond: number): (index: number) => Promise<void> {
  let first: number | undefined;
  return async (index) => {
    first ??= performance.now();
    await sleep(first + (index * 1_000) / perSecond - performance.now());
  };
}

const completed = (status: OrderStatus): boolean => status === 'COMPLETED';
const COMPLETED = carry(completed, 'were completed');

/**
 * Orders through an installation.
 * @returns orders a second, from the first POST to the last order's end
 * @throws CommandError when not every order completes
 */
export async function ordersPerSecond(...work: Parameters<Carry>): Promise<number> {
  return (await COMPLETED(...work)).ordersPerSecond;
}

/** The same where payments are declined. @throws CommandError when not every order ends */
export const toAnyEnd = carry(isTerminal, 'ended');

/** The same at a steady rate. @throws CommandError when not every order completes */
export function atSteadyRate(perSecond: number): Carry {
  return carry(completed, 'were completed', perSecond);
}

/**
 * The same, with what it takes of the machine.
 * @param carried carries them; unless it is given, all have to be completed
 * @throws CommandError as `carried` does
 */
export async function measuredRound(
  running: Running,
  file: OrdersFile,
  screen: Screen,
  signal: AbortSignal,
  carried = COMPLETED,
): Promise<OrdersRound> {
  const orders = file.orders.length;
  // registering and stocking are not the orders', and cost as much for few as for many
  let before = [await machineCpuMs(), await nodeCpu(running)] as const;
  const { ordersPerSecond: rate, toEndMs } = await carried(running, file, screen, signal, async () => {
    before = [await machineCpuMs(), await nodeCpu(running)];
  });
  const after = [await machineCpuMs(), await nodeCpu(running)] as const;
  return {
    ordersPerSecond: rate,
    p50Ms: percentile(toEndMs, 50),
    p99Ms: percentile(toEndMs, 99),
    nodeMs: Object.fromEntries(
      Object.entries(after[1]).map(([part, ms]) => [part, (ms - (before[1][part] ?? 0)) / orders]),
    ),
    machineMs: after[0] === undefined || before[0] === undefined ? undefined : (after[0] - before[0]) / orders,
  };
}

/** CPU so far of each part's processes, ms. */
async function nodeCpu({ up }: Running): Promise<Record<string, number>> {
  const parts = Object.entries(up.services).map(async ([name, { pids }]) => {
    const spent = await Promise.all(pids.map(processCpuNs));
    return [name, spent.reduce((sum, ns) => sum + ns, 0) / NS_PER_MS] as const;
  });
  return Object.fromEntries(await Promise.all(parts));
}
