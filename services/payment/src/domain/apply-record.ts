import { refundIdOf, type Command } from './command.js';
import { learnDisputes } from './disputes.js';
import { reasonText, type Operation, type Payment } from './payment.js';
import type { ProviderRecord } from './provider-answer.js';
import type { ProviderFact } from './provider-fact.js';
import { learnRefunds, refundStatus, type Learnt } from './refunds.js';

/** An operation on the way for a command. */
export interface Running extends Command {
  readonly operation: Operation;
  /** an earlier try may have had its effect */
  readonly inDoubt: boolean;
}

/**
 * Takes over all that the provider shows of a payment, whoever did it, as an answer to the operation on its way.
 *
 * @param payment as it was before that operation
 * @param running what it asks for is not told as a fact, for its answer says it
 */
export function takeOver(payment: Payment, record: ProviderRecord, running: Running | undefined): Learnt {
  const stands = standingAs(payment, record);
  const changed = factsOf(payment, stands, running);
  const money = learnMoney(stands, record, running);
  return { payment: money.payment, facts: [...changed, ...money.facts] };
}

/**
 * Takes over what the provider shows of a payment that nothing is asked for. It may be old: of what was authorised only
 * that it was captured or voided counts, for neither is ever undone.
 */
export function takeOverIdle(payment: Payment, record: ProviderRecord): Learnt {
  const ended = record.status === 'CAPTURED' || record.status === 'VOIDED';
  return ended && payment.status === 'AUTHORIZED'
    ? takeOver(payment, record, undefined)
    : learnMoney(payment, record, undefined);
}

/** Takes over refunds and disputes alone. Nothing is given back of a payment that is not known to be captured. */
export function learnMoney(
  payment: Payment,
  { refunds, disputes }: Pick<ProviderRecord, 'refunds' | 'disputes'>,
  running: Running | undefined,
): Learnt {
  if (payment.capturedAmount === 0) return { payment, facts: [] };
  const refunded = learnRefunds(payment, refunds, running === undefined ? null : refundIdOf(running));
  const disputed = learnDisputes(refunded.payment, disputes);
  const facts = [...refunded.facts, ...disputed.facts];
  const { capturedAmount, refundedAmount, status } = disputed.payment;
  const called = refundStatus(capturedAmount, refundedAmount);
  if (status === called || !isTaken(status)) return { payment: disputed.payment, facts };
  return { payment: { ...disputed.payment, status: called }, facts };
}

function isTaken(status: Payment['status']): boolean {
  return status === 'CAPTURED' || status === 'PARTIALLY_REFUNDED' || status === 'REFUNDED';
}

function standingAs(payment: Payment, record: ProviderRecord): Payment {
  const { status, capturedAmount, reference: providerReference } = record;
  // what was captured is never authorised again: an answer that says so is an old one
  if (payment.capturedAmount > 0) return payment;
  const known = { ...payment, providerReference, action: null };
  switch (status) {
    case 'REQUIRES_ACTION':
      return { ...known, status: 'ACTION_REQUIRED', action: payment.action ?? record.action ?? null };
    case 'DECLINED':
      return {
        ...known,
        status,
        reason: reasonText(record.reason ?? 'declined'),
        code: record.code ?? 'card-declined',
      };
    case 'CAPTURED':
      return { ...known, status, capturedAmount };
    case 'AUTHORIZED':
    case 'VOIDED':
      return { ...known, status };
  }
}

/** What was done at the provider to what we had authorised, and no operation of ours asked for. */
function factsOf(before: Payment, after: Payment, running: Running | undefined): ProviderFact[] {
  if (before.status !== 'AUTHORIZED' && before.status !== 'ACTION_REQUIRED') return [];
  const asked = running?.operation.kind;
  const { id: paymentId, capturedAmount, status } = after;
  if (asked === 'AUTHORIZE') return [];
  if (status === 'CAPTURED' && asked !== 'CAPTURE') {
    return [{ type: 'PAYMENT_PROVIDER_CAPTURED', payload: { paymentId, capturedAmount } }];
  }
  if (status === 'VOIDED' && asked !== 'VOID') {
    return [{ type: 'PAYMENT_PROVIDER_VOIDED', payload: { paymentId, reason: 'voided at the provider' } }];
  }
  return [];
}
