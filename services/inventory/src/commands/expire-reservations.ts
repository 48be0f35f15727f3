import type { Transactor } from '@outrider/service-kit/database';
import { lockExpired } from '../persistence/statements/lock-expired.js';
import type { SettleReservations } from './settle-reservations.js';

const A_ROUND = 200;

/** Gives back the stock of reservations whose time is over. Every replica may, at any time. */
export class ExpireReservations {
  constructor(
    private readonly transactor: Transactor,
    private readonly settle: SettleReservations,
  ) {}

  /** @returns true when there may be more */
  async run(): Promise<boolean> {
    const { found, committed } = await this.transactor.run(async (tx) => {
      const orderIds = await lockExpired(tx.sql, A_ROUND);
      const inputs = orderIds.map((orderId) => ({ kind: 'due' as const, orderId }));
      return { found: orderIds.length, committed: await this.settle.settle(tx, inputs) };
    });
    await committed?.();
    return found === A_ROUND;
  }
}
