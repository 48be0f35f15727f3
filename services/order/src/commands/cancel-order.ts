import { ProblemError } from '@outrider/contracts';
import type { Transactor } from '@outrider/service-kit/database';
import { cancellationOf } from '../domain/cancellation.js';
import { statusOf } from '../domain/saga-state.js';
import { lockSagas } from '../persistence/statements/lock-sagas.js';
import type { CancelPolicy } from '../policies/cancel-policy.js';
import { maySee, type Viewer } from '../queries/viewer.js';
import { applyInputs, type SagaWork } from './apply-inputs.js';

/** A request to cancel an order. */
export interface CancelOrderRequest {
  readonly orderId: string;
  readonly by: Viewer;
}

export interface CancelOrderSettings {
  readonly transactor: Transactor;
  readonly policy: CancelPolicy;
  readonly work: SagaWork;
}

/** Cancels an order before it is completed; its saga undoes what has been done. */
export class CancelOrder {
  constructor(private readonly settings: CancelOrderSettings) {}

  /**
   * An answer that arrives at the same time is applied before or after, never together: both lock the saga's row first.
   * @returns `asked`, or `asked-before`: then nothing has changed
   * @throws ProblemError not-found (404), too-late (409)
   */
  async execute({ orderId, by }: CancelOrderRequest): Promise<'asked' | 'asked-before'> {
    const { transactor, policy, work } = this.settings;
    const { answer, afterCommit } = await transactor.run(async (tx) => {
      const sagas = await lockSagas(tx.sql, [orderId]);
      const found = sagas.held.get(orderId);
      if (found === undefined || !maySee(by, found.order)) throw new ProblemError('not-found');
      switch (cancellationOf(found.saga)) {
        case 'too-late':
          throw new ProblemError('too-late', 'The order has ended or is already being undone');
        case 'asked-before':
          return { answer: 'asked-before' as const, afterCommit: undefined };
        case 'possible': {
          const { saga, order } = found;
          const facts = { order, status: statusOf(saga), placedAt: saga.startedAt, by: by.kind, now: sagas.now };
          const refusal = policy.refusalOf(facts);
          if (refusal !== undefined) throw new ProblemError('too-late', refusal);
          const message = { orderId, input: { type: 'CANCEL' as const }, eventId: null };
          return {
            answer: 'asked' as const,
            afterCommit: await applyInputs(tx, sagas, [message], work),
          };
        }
      }
    });
    await afterCommit?.();
    return answer;
  }
}
