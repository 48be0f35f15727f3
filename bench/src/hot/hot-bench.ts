import type { Screen } from '@outrider/scripts/cli/screen';
import { orAborted } from '@outrider/scripts/cli/until-signal';
import { thisMachine, type Machine } from '../machine.js';
import { BenchEnvironment } from '../bench-environment.js';
import type { HotResult } from './shapes.js';
import { throughInstallation } from './through-installation.js';
import { throughInventory } from './through-inventory.js';

export const HOT_PARTS = ['inventory', 'installation'] as const;
export type HotPart = (typeof HOT_PARTS)[number];

export interface HotBenchOptions {
  readonly parts: readonly HotPart[];
  readonly orders: number;
  readonly rounds: number;
  /** each number of processes is measured by itself */
  readonly replicas: readonly number[];
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

export interface HotBenchResult {
  readonly machine: Machine;
  readonly at: string;
  readonly results: readonly HotResult[];
}

/** Orders for one product against orders over a thousand, in turns. */
export async function benchHot(options: HotBenchOptions): Promise<HotBenchResult> {
  const { parts, orders, rounds, replicas, screen, signal } = options;
  const at = new Date().toISOString();
  const results: HotResult[] = [];
  for (const part of parts) {
    if (part === 'inventory') {
      await using environment = await BenchEnvironment.open((line) => screen.item(line));
      const told = (text: string): void => screen.item(text);
      for (const count of replicas) {
        results.push(await orAborted(throughInventory(environment, { replicas: count, orders, rounds, told }), signal));
      }
    } else {
      for (const count of replicas) {
        results.push(await throughInstallation({ replicas: count, orders, rounds, screen, signal }));
      }
    }
  }
  return { machine: thisMachine(), at, results };
}
