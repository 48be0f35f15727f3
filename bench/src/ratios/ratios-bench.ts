import type { Screen } from '@outrider/scripts/cli/screen';
import { orAborted } from '@outrider/scripts/cli/until-signal';
import { BenchEnvironment } from '../bench-environment.js';
import { throughInventory } from '../hot/through-inventory.js';
import { thisMachine, type Machine } from '../machine.js';
import { measureDrain } from '../parts/measure-drain.js';
import { installPeers } from '../peers-installed.js';
import { ordersByHand } from '../by-hand/orders-by-hand.js';
import { ordersByReplicas } from './orders-by-replicas.js';
import { productReads } from '../reads/product-reads.js';
import { ratiosOf, type Measured, type Ratios } from './ratios.js';

export const RATIO_PARTS = ['relay', 'hot', 'replicas', 'reads', 'hand'] as const;
/** Reads are so much cheaper. */
const READS_FOR_AN_ORDER = 40;
export type RatioPart = (typeof RATIO_PARTS)[number];

export interface RatiosBenchOptions {
  readonly parts: readonly RatioPart[];
  /** backlog of each drain */
  readonly events: number;
  /** of each round */
  readonly orders: number;
  readonly rounds: number;
  /** orders that each process carries before it is measured */
  readonly warm: number;
  /** whether the other outboxes are measured */
  readonly peers: boolean;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

export interface RatiosBenchResult {
  readonly machine: Machine;
  readonly at: string;
  readonly ratios: Ratios;
  /** the rounds that they are of */
  readonly measured: Measured;
}

/** Measures the parts asked for, one after the other; a ratio of which nothing was measured is absent from the result. */
export async function benchRatios(options: RatiosBenchOptions): Promise<RatiosBenchResult> {
  const { parts, events, orders, rounds, warm, peers, screen, signal } = options;
  const at = new Date().toISOString();
  const told = (text: string): void => screen.item(text);
  let measured: Measured = {};
  if (parts.includes('relay') || parts.includes('hot')) {
    if (peers && parts.includes('relay')) await installPeers(told);
    await using environment = await BenchEnvironment.open(told);
    if (parts.includes('relay')) {
      const drain = await orAborted(measureDrain(environment, { events, rounds, peers, subject: '', told }), signal);
      measured = { ...measured, drain };
    }
    if (parts.includes('hot')) {
      const hot = await orAborted(throughInventory(environment, { replicas: 1, orders, rounds, told }), signal);
      measured = { ...measured, hot };
    }
  }
  if (parts.includes('replicas')) {
    measured = { ...measured, replicas: await ordersByReplicas({ orders, rounds, warm, screen, signal }) };
  }
  if (parts.includes('reads')) {
    const reads = orders * READS_FOR_AN_ORDER;
    measured = { ...measured, reads: await productReads({ reads, rounds, screen, signal }) };
  }
  if (parts.includes('hand')) {
    measured = { ...measured, byHand: await ordersByHand({ orders, rounds, warm, screen, signal }) };
  }
  return { machine: thisMachine(), at, ratios: ratiosOf(measured), measured };
}
