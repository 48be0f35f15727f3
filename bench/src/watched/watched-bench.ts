import type { Screen } from '@outrider/scripts/cli/screen';
import { orAborted } from '@outrider/scripts/cli/until-signal';
import { BenchEnvironment } from '../bench-environment.js';
import { thisMachine, type Machine } from '../machine.js';
import type { WatchedVariant } from './variants.js';
import { watchedDrain } from './watched-drain.js';
import { watchedOrders } from './watched-orders.js';

export const WATCHED_PARTS = ['drain', 'orders'] as const;
export type WatchedPart = (typeof WATCHED_PARTS)[number];

export interface WatchedBenchOptions {
  readonly events: number;
  readonly orders: number;
  readonly rounds: number;
  readonly parts: readonly WatchedPart[];
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

export interface WatchedBenchResult {
  readonly machine: Machine;
  readonly at: string;
  readonly drain?: readonly WatchedVariant[];
  readonly orders?: readonly WatchedVariant[];
}

/** What metrics and traces cost the relay and the installation that are watched. */
export async function benchWatched({ parts, ...options }: WatchedBenchOptions): Promise<WatchedBenchResult> {
  const at = new Date().toISOString();
  return {
    machine: thisMachine(),
    at,
    ...(parts.includes('drain') && { drain: await drain(options) }),
    ...(parts.includes('orders') && { orders: await watchedOrders(options) }),
  };
}

async function drain({ screen, signal, ...options }: Omit<WatchedBenchOptions, 'parts'>) {
  screen.heading('Servers');
  await using environment = await BenchEnvironment.open((line) => screen.item(line));
  const told = (text: string): void => screen.item(text);
  return await orAborted(watchedDrain(environment, { ...options, told }), signal);
}
