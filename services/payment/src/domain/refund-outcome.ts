import type { ReasonCode } from '@outrider/contracts';
import { failure, refundIdOf } from './command.js';
import { decide, refundedReply } from './decide.js';
import type { Payment } from './payment.js';
import type { ProviderRefund } from './provider-answer.js';
import { changedRefunds, refundOfId } from './refunds.js';
import type { Outcome } from './outcome.js';
import type { RunningCommand } from './apply-record.js';

/**
 * The outcome of a refund, by its id, when the provider shows the payment's refunds.
 *
 * @param payment as it was before
 * @param known with what is shown applied
 * @returns undefined when the refund that was asked for is not among them
 */
export function refundOutcome(
  payment: Payment,
  known: Payment,
  running: RunningCommand,
  shown: readonly ProviderRefund[],
): Outcome | undefined {
  const { request, operation } = running;
  if (request.kind !== 'RELEASE') return byRefundId(known, running);
  const changed = changedRefunds(payment, shown, refundIdOf(running) ?? '');
  const next = decide(known, running, { orderId: payment.orderId, newPaymentId: payment.id });
  if (next.kind === 'answered') return { ...next, payment: known };
  if (next.operation.amount === 0) return wait(next.payment, running, 0);
  // it failed, and its amount is still to be given back
  if (changed.some(({ status }) => status === 'FAILED' || status === 'CANCELED')) return { ...next, slow: true };
  // done, and another refund has failed since; or it was only waited for until now
  if (changed.length > 0 || operation.amount === 0) return next;
  return undefined;
}

/** The outcome of a refund that was refused: this request gave nothing back, whatever others did. */
export function refusedRefundOutcome(
  known: Payment,
  running: RunningCommand,
  reason: string,
  code: ReasonCode | undefined,
): Outcome {
  const { request, operation } = running;
  if (request.kind !== 'RELEASE') {
    const existing = byRefundId(known, running);
    if (existing !== undefined) return existing;
    return refuse({ ...known, reason, code: code ?? 'refund-failed' }, running, reason, code ?? 'refund-failed');
  }
  const next = decide(known, running, { orderId: known.orderId, newPaymentId: known.id });
  if (next.kind === 'answered') return { ...next, payment: known };
  if (next.operation.amount === 0) return wait(next.payment, running, 0);
  // others have given back a part: the rest is asked for
  if (next.operation.amount !== operation.amount) return next;
  return { kind: 'retry', payment: { ...known, reason }, inDoubt: false, newRound: true };
}

function byRefundId(known: Payment, running: RunningCommand): Outcome | undefined {
  const { commandId, request, operation } = running;
  if (request.kind !== 'REFUND') return undefined;
  const existing = refundOfId(known, request.refundId);
  switch (existing?.status) {
    case 'SUCCEEDED':
      return {
        kind: 'answered',
        payment: known,
        reply: refundedReply(commandId, request.refundId, existing.amount),
      };
    case 'PENDING':
      return wait(known, running, operation.amount);
    case 'FAILED':
    case 'CANCELED':
      return refuse(known, running, existing.reason ?? 'the refund failed', 'refund-failed');
    case undefined:
      return undefined;
  }
}

function wait(payment: Payment, { operation }: RunningCommand, amount: number): Outcome {
  return { kind: 'wait', payment, operation: { ...operation, amount }, notice: undefined, slow: true };
}

function refuse(payment: Payment, { commandId, request }: RunningCommand, reason: string, code: ReasonCode): Outcome {
  if (request.kind !== 'REFUND') throw new Error(`a ${request.kind} is not refused as a refund`);
  return { kind: 'answered', payment, reply: failure({ commandId, request }, reason, code) };
}
