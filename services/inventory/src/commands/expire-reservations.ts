import type { TopicProgress } from '@outrider/inbox';
import { firstExpired, lockExpired } from '../persistence/statements/lock-expired.js';
import { DecideDue, type DecideDueSettings } from './decide-due.js';

export interface ExpireSettings extends DecideDueSettings {
  /** of the topic of requests */
  readonly progress: Pick<TopicProgress, 'handledUntil' | 'hasHandledUntil'>;
}

/**
 * Gives back the stock of reservations whose time is over. Every replica may, at any time, but only once every request
 * that orders had sent by then is handled: after an outage the confirmation of an order that was paid in time may be
 * unread in the topic, or the request to keep its stock longer.
 */
export class ExpireReservations {
  readonly #due: DecideDue;

  constructor(private readonly settings: ExpireSettings) {
    this.#due = new DecideDue(settings);
  }

  /** @returns true when there may be more */
  async execute(): Promise<boolean> {
    const { handledUntil } = this.settings.progress;
    const more = await this.#due.execute((sql, limit, except) => lockExpired(sql, limit, except, handledUntil));
    // of those up to then that are left, some are locked by others, and some cannot be given back
    return more || this.#isMoreHandled();
  }

  async #isMoreHandled(): Promise<boolean> {
    const { transactor, progress } = this.settings;
    const first = await firstExpired(transactor.read(), progress.handledUntil);
    return first !== undefined && first > progress.handledUntil && progress.hasHandledUntil(first);
  }
}
