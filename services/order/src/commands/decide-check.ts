import { ProblemError } from '@outrider/contracts';
import type { Transactor } from '@outrider/service-kit/database';
import type { Decision } from '../domain/saga-input.js';
import type { Saga } from '../domain/saga-state.js';
import { lockSagas } from '../persistence/statements/lock-sagas.js';
import { applyInputs, type SagaWork } from './apply-inputs.js';

/** A person's decision about an order that is being checked. */
export interface DecideCheckRequest {
  readonly orderId: string;
  readonly decision: Decision;
  /** who decides, for the timeline */
  readonly by: string;
  readonly reason: string;
}

export interface DecideCheckSettings {
  readonly transactor: Transactor;
  readonly work: SagaWork;
}

/** Decides in place of the shop's check: the order goes on to its payment, or is refused. */
export class DecideCheck {
  constructor(private readonly settings: DecideCheckSettings) {}

  /**
   * Under the saga's lock: of two decisions, or of one and an answer, the first counts. Nothing changes when the order was
   * decided so before.
   * @throws ProblemError not-found (404), check-not-open (409)
   */
  async execute({ orderId, ...decided }: DecideCheckRequest): Promise<void> {
    const { transactor, work } = this.settings;
    const afterCommit = await transactor.run(async (tx) => {
      const sagas = await lockSagas(tx.sql, [orderId]);
      const found = sagas.held.get(orderId);
      if (found === undefined) throw new ProblemError('not-found');
      if (found.saga.step !== 'CHECKING') {
        if (isDecidedSo(found.saga, decided.decision)) return undefined;
        throw new ProblemError('check-not-open', stateOf(found.saga));
      }
      const input = { type: 'CHECK_DECIDED' as const, ...decided };
      return applyInputs(tx, sagas, [{ orderId, input, eventId: null }], work);
    });
    await afterCommit?.();
  }
}

function isDecidedSo({ check, checkCode }: Saga, decision: Decision): boolean {
  switch (decision.kind) {
    case 'pass':
      return check === 'PASSED';
    case 'refuse':
      return check === 'REFUSED' && checkCode === decision.code;
  }
}

function stateOf({ check }: Saga): string {
  switch (check) {
    case null:
      return 'The order is not checked';
    case 'DUE':
      return 'The stock of the order is not reserved yet, or could not be';
    case 'PASSED':
      return 'The order has passed its check';
    case 'REFUSED':
      return 'The order was refused by its check';
    case 'ASKED':
    case 'REVIEW':
      return 'The order left its check undecided: it was cancelled, or nobody decided in time';
  }
}
