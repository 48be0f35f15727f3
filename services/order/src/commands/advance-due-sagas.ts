import { isTransient } from '@outrider/inbox';
import type { Transactor } from '@outrider/service-kit/database';
import type { Logger } from '@outrider/service-kit/logging';
import type { SagaTiming } from '../domain/saga-timing.js';
import { lockSagas, takeDueSagas, type HeldSagas } from '../persistence/statements/lock-sagas.js';
import { moveSagas, type SagaMessage, type SagaObserver } from './move-sagas.js';

const AT_ONCE = 200;

/** Looks for sagas whose deadline or retry has come. Every replica may, at any time. */
export class AdvanceDueSagas {
  constructor(
    private readonly transactor: Transactor,
    private readonly timing: SagaTiming,
    private readonly observer: SagaObserver,
    private readonly log: Logger,
  ) {}

  /** @returns true when there may be more that are due */
  async run(): Promise<boolean> {
    let taken: readonly string[] = [];
    try {
      await this.#advance(async (sql) => {
        const due = await takeDueSagas(sql, AT_ONCE);
        taken = [...due.held.keys()];
        return due;
      });
      return taken.length === AT_ONCE;
    } catch (error) {
      if (taken.length < 2 || isTransient(error)) throw error;
    }
    // one of them is broken: the others do not wait for it
    for (const orderId of taken) {
      try {
        await this.#advance((sql) => lockSagas(sql, [orderId]));
      } catch (error) {
        this.log.error({ err: error, orderId }, 'a saga whose time has come could not be moved');
      }
    }
    return false;
  }

  async #advance(take: (sql: Parameters<typeof takeDueSagas>[0]) => Promise<HeldSagas>): Promise<void> {
    const afterCommit = await this.transactor.run(async (tx) => {
      const due = await take(tx.sql);
      const messages = [...due.held.values()].map(({ saga }): SagaMessage => {
        const late = saga.deadlineAt !== null && saga.deadlineAt <= due.now;
        return { orderId: saga.orderId, input: { type: late ? 'DEADLINE' : 'RETRY' }, eventId: null };
      });
      return moveSagas(tx, due, messages, this.timing, this.observer);
    });
    await afterCommit();
  }
}
