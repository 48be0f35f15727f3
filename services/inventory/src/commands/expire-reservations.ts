import type { HeardUntil } from '@outrider/inbox';
import type { Transactor } from '@outrider/service-kit/database';
import { firstExpired, lockExpired } from '../persistence/statements/lock-expired.js';
import type { SettleReservations } from './settle-reservations.js';

const A_ROUND = 200;

/**
 * Gives back the stock of reservations whose time is over. Every replica may, at any time; but only when all was heard
 * that orders had asked for by then: after an outage the confirmation of an order that was paid in time stands in the
 * log unread, or the request to keep its stock longer.
 */
export class ExpireReservations {
  constructor(
    private readonly transactor: Transactor,
    private readonly settle: SettleReservations,
    private readonly heard: Pick<HeardUntil, 'until' | 'hasHeard'>,
  ) {}

  /** @returns true when there may be more */
  async run(): Promise<boolean> {
    const { found, committed } = await this.transactor.run(async (tx) => {
      const orderIds = await lockExpired(tx.sql, A_ROUND, this.heard.until);
      const inputs = orderIds.map((orderId) => ({ kind: 'due' as const, orderId }));
      return { found: orderIds.length, committed: await this.settle.settle(tx, inputs) };
    });
    await committed?.();
    if (found === A_ROUND) return true;
    const first = await firstExpired(this.transactor.read().sql);
    // one of before that is left is in other hands
    return first !== undefined && first > this.heard.until && this.heard.hasHeard(first);
  }
}
