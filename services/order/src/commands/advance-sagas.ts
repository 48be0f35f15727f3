import type { AfterCommit } from '@outrider/inbox';
import type { Transaction } from '@outrider/service-kit/database';
import type { SagaTiming } from '../domain/saga-timing.js';
import { lockSagas } from '../persistence/statements/lock-sagas.js';
import { applyInputs, type SagaMessage, type SagaObserver } from './apply-inputs.js';

/** Advances orders by events of inventory and payment. */
export class AdvanceSagas {
  constructor(
    private readonly timing: SagaTiming,
    private readonly observer: SagaObserver,
  ) {}

  /** Inside the caller's transaction, in the messages' order; all their sagas are locked first, in order of id. */
  async execute(tx: Transaction, messages: readonly SagaMessage[]): Promise<AfterCommit | undefined> {
    if (messages.length === 0) return undefined;
    const sagas = await lockSagas(
      tx.sql,
      messages.map(({ orderId }) => orderId),
    );
    return applyInputs(tx, sagas, messages, this.timing, this.observer);
  }
}
