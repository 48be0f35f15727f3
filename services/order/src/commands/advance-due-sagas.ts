import type { Transactor } from '@outrider/service-kit/database';
import type { SagaTiming } from '../domain/saga-timing.js';
import { takeDueSagas } from '../persistence/statements/lock-sagas.js';
import { moveSagas, type SagaMessage, type SagaObserver } from './move-sagas.js';

const AT_ONCE = 200;

/** Looks for sagas whose deadline or retry has come. Every replica may, at any time. */
export class AdvanceDueSagas {
  constructor(
    private readonly transactor: Transactor,
    private readonly timing: SagaTiming,
    private readonly observer: SagaObserver,
  ) {}

  /** @returns true when there may be more that are due */
  async run(): Promise<boolean> {
    const { taken, afterCommit } = await this.transactor.run(async (tx) => {
      const due = await takeDueSagas(tx.sql, AT_ONCE);
      const messages = [...due.held.values()].map(({ saga }): SagaMessage => {
        const late = saga.deadlineAt !== null && saga.deadlineAt <= due.now;
        return { orderId: saga.orderId, input: { type: late ? 'DEADLINE' : 'RETRY' }, eventId: null };
      });
      return { taken: messages.length, afterCommit: await moveSagas(tx, due, messages, this.timing, this.observer) };
    });
    await afterCommit();
    return taken === AT_ONCE;
  }
}
