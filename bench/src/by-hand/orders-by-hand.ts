import type { Screen } from '@outrider/scripts/cli/screen';
import { inTurns } from '../in-turns.js';
import { measuredRound, ordersOf, type OrdersRound } from '../orders-round.js';
import { CARRIERS, startCarriers, type Carrier } from './carriers.js';

const PRODUCTS = 500;

export interface OrdersByHand {
  readonly orders: number;
  readonly rounds: number;
  /** orders that each process carries before it is measured: V8 compiles what is often run, and that takes long */
  readonly warm: number;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

/**
 * An installation and the program that is written by hand, which get their orders in turns.
 * @throws CommandError when not every order completes
 */
export async function ordersByHand(options: OrdersByHand): Promise<Record<Carrier, OrdersRound[]>> {
  const { orders, rounds, warm, screen, signal } = options;
  await using undo = new AsyncDisposableStack();
  const running = await startCarriers(screen, undo);
  const place = async (carrier: Carrier, round: number | 'warm'): Promise<OrdersRound> => {
    screen.item(`orders, ${carrier}, round ${round}`);
    const file = ordersOf(
      round === 'warm' ? warm : orders,
      `${carrier}-${round}`,
      (order) => `SPREAD-${order % PRODUCTS}`,
    );
    return measuredRound(running[carrier], file, screen, signal);
  };
  for (const carrier of CARRIERS) await place(carrier, 'warm');
  // awaited here: what was started is undone when this function is left
  return await inTurns(CARRIERS, rounds, place);
}
