import type { TopicProgress } from '@outrider/inbox';
import type { SqlClient, Transactor } from '@outrider/service-kit/database';
import { firstExpired, lockExpired } from '../persistence/statements/lock-expired.js';
import { decideDue } from './decide-due.js';
import type { DecideReservations } from './decide-reservations.js';

const BATCH = 200;

/**
 * Gives back the stock of reservations whose time is over. Every replica may, at any time, but only once every request
 * that orders had sent by then is handled: after an outage the confirmation of an order that was paid in time may be
 * unread in the topic, or the request to keep its stock longer.
 */
export class ExpireReservations {
  constructor(
    private readonly transactor: Transactor,
    private readonly decide: DecideReservations,
    private readonly progress: Pick<TopicProgress, 'handledUntil' | 'hasHandledUntil'>,
  ) {}

  /**
   * @returns true when there may be more
   * @throws AggregateError when some could not be given back; the others are
   */
  async execute(): Promise<boolean> {
    let more = false;
    try {
      const lock = (sql: SqlClient): Promise<readonly string[]> => lockExpired(sql, BATCH, this.progress.handledUntil);
      more = (await decideDue(this.transactor, this.decide, lock)) === BATCH;
    } finally {
      // of those up to then that are left, some are locked by others, and some cannot be given back
      if (!more) more = await this.#isMoreHandled();
    }
    return more;
  }

  async #isMoreHandled(): Promise<boolean> {
    const first = await firstExpired(this.transactor.read(), this.progress.handledUntil);
    return first !== undefined && first > this.progress.handledUntil && this.progress.hasHandledUntil(first);
  }
}
