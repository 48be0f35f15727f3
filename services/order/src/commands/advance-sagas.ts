import type { AfterCommit } from '@outrider/inbox';
import type { Transaction } from '@outrider/service-kit/database';
import { lockSagas } from '../persistence/statements/lock-sagas.js';
import { applyInputs, type SagaMessage, type SagaWork } from './apply-inputs.js';

/** Advances orders by events of inventory, payment and the shop's check. */
export class AdvanceSagas {
  constructor(private readonly work: SagaWork) {}

  /** Inside the caller's transaction, in the messages' order; all their sagas are locked first, in order of id. */
  async execute(tx: Transaction, messages: readonly SagaMessage[]): Promise<AfterCommit | undefined> {
    if (messages.length === 0) return undefined;
    const sagas = await lockSagas(
      tx.sql,
      messages.map(({ orderId }) => orderId),
    );
    return applyInputs(tx, sagas, messages, this.work);
  }
}
