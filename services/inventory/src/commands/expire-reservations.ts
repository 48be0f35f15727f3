import type { TopicProgress } from '@outrider/inbox';
import type { SqlClient, Transactor } from '@outrider/service-kit/database';
import { firstExpired, lockExpired } from '../persistence/statements/lock-expired.js';
import { settleDue } from './decide-due.js';
import type { SettleReservations } from './decide-reservations.js';

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
    private readonly progress: Pick<TopicProgress, 'handledUntil' | 'hasHandledUntil'>,
  ) {}

  /**
   * @returns true when there may be more
   * @throws AggregateError when some could not be given back; the others are
   */
  async run(): Promise<boolean> {
    let more = false;
    try {
      const lock = (sql: SqlClient): Promise<readonly string[]> =>
        lockExpired(sql, A_ROUND, this.progress.handledUntil);
      more = (await settleDue(this.transactor, this.settle, lock)) === A_ROUND;
    } finally {
      // of those up to then that are left, some are in other hands, and some cannot be given back
      if (!more) more = await this.#hearsMore();
    }
    return more;
  }

  async #hearsMore(): Promise<boolean> {
    const first = await firstExpired(this.transactor.read().sql, this.progress.handledUntil);
    return first !== undefined && first > this.progress.handledUntil && this.progress.hasHandledUntil(first);
  }
}
