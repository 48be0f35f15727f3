import {
  amountStep,
  newId,
  ProblemError,
  refuseUnmovable,
  type RefundOrder as RefundOrderBody,
} from '@outrider/contracts';
import { violatedUnique, type Transaction, type Transactor } from '@outrider/service-kit/database';
import { idempotent, type StoredAnswer } from '@outrider/service-kit/idempotency';
import type { AfterCommit } from '@outrider/inbox';
import { planRefund } from '../domain/plan-refund.js';
import { insertRefund } from '../persistence/statements/insert-refund.js';
import { lockSagas } from '../persistence/statements/lock-sagas.js';
import { readLines } from '../persistence/statements/read-lines.js';
import { readRefunds, type StoredRefund } from '../persistence/statements/read-refunds.js';
import { keptOf, type RefundableOrder, type RefundPolicy } from '../policies/refund-policy.js';
import { refundView } from '../queries/refund-view.js';
import { applyInputs, type SagaWork } from './apply-inputs.js';

/** A request to refund an order. */
export interface RefundOrderRequest {
  readonly orderId: string;
  /** the caller, to whom the idempotency key belongs */
  readonly principal: string;
  readonly route: string;
  readonly idempotencyKey: string;
  readonly body: RefundOrderBody;
}

export interface RefundOrderSettings {
  readonly transactor: Transactor;
  readonly policy: RefundPolicy;
  /** the payment provider, whose amounts the refund must fit */
  readonly provider: string;
  readonly work: SagaWork;
}

/** Starts a refund of a completed order; its saga carries it out. */
export class RefundOrder {
  constructor(private readonly settings: RefundOrderSettings) {}

  /**
   * In one transaction, under the lock of the order's saga: the stored answer, the refund, the saga's step and the
   * command to payment. So two concurrent refunds are serialised, and the second sees what the first has left.
   * @throws ProblemError not-found (404), refund-open, not-refundable, refund-too-large, restock-needs-items, amount-not-supported,
   *   idempotency-key-expired, idempotency-key-in-flight (409), idempotency-key-reused (422); nothing is written then
   */
  async execute(request: RefundOrderRequest): Promise<StoredAnswer> {
    const { orderId, principal, route, idempotencyKey: key, body } = request;
    let afterCommit: AfterCommit | undefined;
    try {
      const answer = await this.settings.transactor.run((tx) => {
        afterCommit = undefined;
        // the key is for this order: with another one it is another request
        return idempotent(tx, { principal, route, key, body: { orderId, ...body } }, async () => {
          const started = await this.#start(tx, request);
          afterCommit = started.afterCommit;
          return started.answer;
        });
      });
      await afterCommit?.();
      return answer;
    } catch (error) {
      if (violatedUnique(error) !== 'refund_key') throw error;
      throw new ProblemError('idempotency-key-expired', 'Use a new key for a new refund');
    }
  }

  async #start(
    tx: Transaction,
    { orderId, principal, idempotencyKey, body }: RefundOrderRequest,
  ): Promise<{ answer: StoredAnswer; afterCommit: AfterCommit }> {
    const { policy, provider, work } = this.settings;
    const sagas = await lockSagas(tx.sql, [orderId]);
    const held = sagas.held.get(orderId);
    if (held === undefined) throw new ProblemError('not-found');
    const lines = (await readLines(tx.sql, [orderId])).get(orderId) ?? [];
    const refunds = (await readRefunds(tx.sql, orderId)) ?? [];
    const plan = planRefund(body, { ...held, lines, refunds, step: amountStep(provider, held.order.currency) });
    if (plan.kind !== 'planned') throw new ProblemError(plan.kind, plan.detail, plan.extra);
    const asked: RefundableOrder = {
      order: held.order,
      lines,
      pieces: plan.lines ?? [],
      amount: plan.amount,
      placedAt: held.saga.startedAt,
      now: sagas.now,
    };
    const refusal = policy.refusalOf(asked);
    if (refusal !== undefined) throw new ProblemError('not-refundable', refusal);
    const amount = plan.amount - ('amount' in body ? 0 : keptOf(policy, asked));
    const restock = 'restock' in body && body.restock === true;
    if (amount === 0 && !restock) {
      throw new ProblemError('not-refundable', 'Nothing is left to give back of it: it can only be restocked');
    }
    refuseUnmovable(provider, amount, held.order.currency);
    const at = sagas.now.toISOString();
    const kinds = Object.keys(plan.shares?.adjustments ?? {});
    const { metadata = {} } = body;
    const refund: StoredRefund = {
      refundId: newId(),
      amount,
      ...(plan.lines !== null && { lines: [...plan.lines] }),
      ...(kinds.length > 0 && { adjustments: kinds }),
      by: 'shop',
      providerRefundId: null,
      shares: plan.shares,
      metadata,
      restock,
      restocked: false,
      reason: body.reason,
      status: 'PENDING',
      failure: null,
      failureDetail: null,
      createdAt: at,
      updatedAt: at,
    };
    const { refundId } = refund;
    await insertRefund(tx.sql, orderId, { requestedBy: principal, idempotencyKey }, refund);
    const open = { refundId, amount, restock: restock ? (plan.lines ?? []) : [], metadata };
    const input = { type: 'REFUND' as const, refund: open, reason: body.reason };
    const afterCommit = await applyInputs(tx, sagas, [{ orderId, input, eventId: null }], work);
    return {
      answer: {
        status: 201,
        headers: { location: `/orders/${orderId}/refunds/${refundId}` },
        body: refundView(refund, { kind: 'admin' }),
      },
      afterCommit,
    };
  }
}
