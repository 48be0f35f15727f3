import type { Transactor } from '@outrider/service-kit/database';
import { lockAnswerable } from '../persistence/statements/lock-answerable.js';
import type { SettleReservations } from './settle-reservations.js';

const A_ROUND = 200;

/** Answers orders that waited for a product's registration, when it has come or the wait is over. */
export class AnswerWaiting {
  constructor(
    private readonly transactor: Transactor,
    private readonly settle: SettleReservations,
  ) {}

  /** @returns true when there may be more */
  async run(): Promise<boolean> {
    const { found, committed } = await this.transactor.run(async (tx) => {
      const orderIds = await lockAnswerable(tx.sql, A_ROUND);
      const inputs = orderIds.map((orderId) => ({ kind: 'due' as const, orderId }));
      return { found: orderIds.length, committed: await this.settle.settle(tx, inputs) };
    });
    await committed?.();
    return found === A_ROUND;
  }
}
