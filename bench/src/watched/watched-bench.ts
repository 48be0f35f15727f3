import type { BenchEnvironment } from '../bench-environment.js';
import { thisMachine, type Machine } from '../machine.js';
import type { WatchedVariant } from './variants.js';
import { watchedDrain } from './watched-drain.js';

export interface WatchedBenchOptions {
  readonly events: number;
  readonly rounds: number;
  readonly told: (text: string) => void;
}

export interface WatchedBenchResult {
  readonly machine: Machine;
  readonly at: string;
  readonly drain: readonly WatchedVariant[];
}

/** What metrics and traces cost the relay that is watched. */
export async function benchWatched(
  environment: BenchEnvironment,
  options: WatchedBenchOptions,
): Promise<WatchedBenchResult> {
  const at = new Date().toISOString();
  return { machine: thisMachine(), at, drain: await watchedDrain(environment, options) };
}
