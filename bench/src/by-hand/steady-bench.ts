import type { Screen } from '@outrider/scripts/cli/screen';
import { inTurns } from '../in-turns.js';
import { thisMachine, type Machine } from '../machine.js';
import { atSteadyRate, measuredRound, ordersOf, type OrdersRound } from '../orders-round.js';
import { CARRIERS, startCarriers, type Carrier } from './carriers.js';

const PRODUCTS = 500;

export interface SteadyBenchOptions {
  /** orders a second, each measured by itself */
  readonly rates: readonly number[];
  /** of each measurement */
  readonly seconds: number;
  readonly rounds: number;
  /** orders that each process carries before it is measured */
  readonly warm: number;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

export interface SteadyBenchResult {
  readonly machine: Machine;
  readonly at: string;
  /** each rate's rounds */
  readonly rates: readonly { readonly perSecond: number; readonly rounds: Readonly<Record<Carrier, OrdersRound[]>> }[];
}

/**
 * Orders that come at a steady rate, which leaves the machine time to spare, through an installation and through the program
 * that is written by hand, in turns. What the machine does at rest is in the CPU of an order, so the slower they come the more.
 * @throws CommandError when not every order completes
 */
export async function benchSteady(options: SteadyBenchOptions): Promise<SteadyBenchResult> {
  const { rates, seconds, rounds, warm, screen, signal } = options;
  const at = new Date().toISOString();
  await using undo = new AsyncDisposableStack();
  const running = await startCarriers(screen, undo);
  const filed = (count: number, name: string) => ordersOf(count, name, (order) => `STEADY-${order % PRODUCTS}`);
  for (const carrier of CARRIERS) {
    await measuredRound(running[carrier], filed(warm, `${carrier}-warm`), screen, signal);
  }
  const measured: SteadyBenchResult['rates'][number][] = [];
  for (const perSecond of rates) {
    const place = (carrier: Carrier, round: number): Promise<OrdersRound> => {
      screen.item(`${perSecond} orders/s, ${carrier}, round ${round}`);
      const file = filed(Math.ceil(perSecond * seconds), `${carrier}-${perSecond}-${round}`);
      return measuredRound(running[carrier], file, screen, signal, atSteadyRate(perSecond));
    };
    measured.push({ perSecond, rounds: await inTurns(CARRIERS, rounds, place) });
  }
  return { machine: thisMachine(), at, rates: measured };
}
