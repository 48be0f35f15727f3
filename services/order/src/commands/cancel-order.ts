import { ProblemError } from '@outrider/contracts';
import type { Transactor } from '@outrider/service-kit/database';
import { cancellationOf } from '../domain/cancellation.js';
import type { SagaTiming } from '../domain/saga-timing.js';
import { lockSagas } from '../persistence/statements/lock-sagas.js';
import { maySee, type Viewer } from '../queries/viewer.js';
import { moveSagas, type SagaObserver } from './move-sagas.js';

/** Somebody's wish that an order be undone. */
export interface CancelOrderRequest {
  readonly orderId: string;
  readonly by: Viewer;
}

/** Takes an order back before it is completed. What there is to undo, the saga knows. */
export class CancelOrder {
  constructor(
    private readonly transactor: Transactor,
    private readonly timing: SagaTiming,
    private readonly observer: SagaObserver,
  ) {}

  /**
   * An answer of a peer that comes at the same moment is taken in before or after, never together: both take the
   * saga's row first.
   * @returns `asked`, or `asked-before`: then nothing has changed
   * @throws ProblemError not-found (404), too-late (409)
   */
  async run({ orderId, by }: CancelOrderRequest): Promise<'asked' | 'asked-before'> {
    const { answer, afterCommit } = await this.transactor.run(async (tx) => {
      const sagas = await lockSagas(tx.sql, [orderId]);
      const found = sagas.held.get(orderId);
      if (found === undefined || !maySee(by, found.order)) throw new ProblemError('not-found');
      switch (cancellationOf(found.saga)) {
        case 'too-late':
          throw new ProblemError('too-late', 'The order has ended, or is about to without having been sold');
        case 'asked-before':
          return { answer: 'asked-before' as const, afterCommit: undefined };
        case 'possible': {
          const message = { orderId, input: { type: 'CANCEL' as const }, eventId: null };
          return {
            answer: 'asked' as const,
            afterCommit: await moveSagas(tx, sagas, [message], this.timing, this.observer),
          };
        }
      }
    });
    await afterCommit?.();
    return answer;
  }
}
