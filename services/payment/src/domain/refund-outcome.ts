import type { ReasonCode } from '@outrider/contracts';
import { failure, refundIdOf } from './command.js';
import { decide, refundedReply } from './decide.js';
import type { Payment } from './payment.js';
import type { ProviderRefund } from './provider-answer.js';
import { newsOf, standingOf } from './refunds.js';
import type { Settlement } from './outcome.js';
import type { Running } from './apply-record.js';

/**
 * Decides what follows when the provider shows the refunds of a payment for which one is asked: by the id of that one.
 *
 * @param payment as it was, @param known with what is shown taken over
 * @returns undefined when it says nothing of the refund that was asked for
 */
export function settleRefund(
  payment: Payment,
  known: Payment,
  running: Running,
  shown: readonly ProviderRefund[],
): Settlement | undefined {
  const { request, operation } = running;
  if (request.kind !== 'RELEASE') return bySuchId(known, running);
  const news = newsOf(payment, shown, refundIdOf(running) ?? '');
  const next = decide(known, running, { orderId: payment.orderId, newPaymentId: payment.id });
  if (next.kind === 'answered') return { ...next, payment: known };
  if (next.operation.amount === 0) return waits(next.payment, running, 0);
  // it came to nothing, and what it was to give back is still to be given back
  if (news.some(({ status }) => status === 'FAILED' || status === 'CANCELED')) return { ...next, slow: true };
  // done, and something else came back; or only waited for until now
  if (news.length > 0 || operation.amount === 0) return next;
  return undefined;
}

/** Decides what follows from a no: nothing was given back by this request, whatever was by others. */
export function settleRefusedRefund(
  known: Payment,
  running: Running,
  reason: string,
  code: ReasonCode | undefined,
): Settlement {
  const { request, operation } = running;
  if (request.kind !== 'RELEASE') {
    const standing = bySuchId(known, running);
    if (standing !== undefined) return standing;
    return no({ ...known, reason, code: code ?? 'refund-failed' }, running, reason, code ?? 'refund-failed');
  }
  const next = decide(known, running, { orderId: known.orderId, newPaymentId: known.id });
  if (next.kind === 'answered') return { ...next, payment: known };
  if (next.operation.amount === 0) return waits(next.payment, running, 0);
  // some of it was given back by others: the rest is asked for
  if (next.operation.amount !== operation.amount) return next;
  return { kind: 'again', payment: { ...known, reason }, inDoubt: false, newRound: true };
}

function bySuchId(known: Payment, running: Running): Settlement | undefined {
  const { commandId, request, operation } = running;
  if (request.kind !== 'REFUND') return undefined;
  const standing = standingOf(known, request.refundId);
  switch (standing?.status) {
    case 'SUCCEEDED':
      return {
        kind: 'answered',
        payment: known,
        reply: refundedReply(commandId, request.refundId, standing.amount),
      };
    case 'PENDING':
      return waits(known, running, operation.amount);
    case 'FAILED':
    case 'CANCELED':
      return no(known, running, standing.reason ?? 'the refund failed', 'refund-failed');
    case undefined:
      return undefined;
  }
}

function waits(payment: Payment, { operation }: Running, amount: number): Settlement {
  return { kind: 'waits', payment, operation: { ...operation, amount }, notice: undefined, slow: true };
}

function no(payment: Payment, { commandId, request }: Running, reason: string, code: ReasonCode): Settlement {
  if (request.kind !== 'REFUND') throw new Error(`a ${request.kind} is not refused as a refund`);
  return { kind: 'answered', payment, reply: failure({ commandId, request }, reason, code) };
}
