import type { Screen } from '@outrider/scripts/cli/screen';
import { orAborted } from '@outrider/scripts/cli/until-signal';
import type { Drain } from '../drains.js';
import { thisMachine, type Machine } from '../machine.js';
import { drainsByProtection, type Drained } from './drains-by-protection.js';
import type { OrdersRound } from '../orders-round.js';
import { ordersByProtection } from './orders-by-protection.js';
import type { Protection } from './protection.js';

export const SECURITY_PARTS = ['orders', 'drain'] as const;
export type SecurityPart = (typeof SECURITY_PARTS)[number];

export interface SecurityBenchOptions {
  readonly parts: readonly SecurityPart[];
  /** of each round */
  readonly orders: number;
  /** of each drain */
  readonly events: number;
  readonly rounds: number;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

export interface SecurityBenchResult {
  readonly machine: Machine;
  readonly at: string;
  orders?: Readonly<Record<Protection, readonly OrdersRound[]>>;
  drain?: Readonly<Record<Drained, readonly Drain[]>>;
}

/** What encryption, logins and rights cost: with all of them against without, in turns. */
export async function benchSecurity(options: SecurityBenchOptions): Promise<SecurityBenchResult> {
  const { parts, orders, events, rounds, screen, signal } = options;
  const result: SecurityBenchResult = { machine: thisMachine(), at: new Date().toISOString() };
  for (const part of parts) {
    if (part === 'orders') result.orders = await ordersByProtection({ orders, rounds, screen, signal });
    else {
      const told = (text: string): void => screen.item(text);
      result.drain = await orAborted(drainsByProtection({ events, rounds, told }), signal);
    }
  }
  return result;
}
