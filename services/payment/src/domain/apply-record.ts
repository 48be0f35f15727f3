import { refundIdOf, type Command } from './command.js';
import { applyDisputes } from './disputes.js';
import { reasonText, type Operation, type Payment } from './payment.js';
import type { ProviderRecord } from './provider-answer.js';
import type { ProviderFact } from './provider-fact.js';
import { applyRefunds, refundStatus, type Changed } from './refunds.js';

/** A command whose operation is with the provider. */
export interface RunningCommand extends Command {
  readonly operation: Operation;
  /** an earlier try may have had its effect */
  readonly inDoubt: boolean;
}

/**
 * Applies all that the provider shows of a payment, no matter who did it, as an answer to the running operation.
 *
 * @param payment as it was before that operation
 * @param running what it asks for is no fact, for its answer says it
 */
export function applyRecord(payment: Payment, record: ProviderRecord, running: RunningCommand | undefined): Changed {
  const updated = withStatus(payment, record);
  const changed = factsOf(payment, updated, running);
  const money = applyRefundsAndDisputes(updated, record, running);
  return { payment: money.payment, facts: [...changed, ...money.facts] };
}

/**
 * Applies what the provider shows of a payment that has no running operation. It may be old: an authorised payment
 * changes only to captured or voided, for neither is ever undone.
 */
export function applyIdleRecord(payment: Payment, record: ProviderRecord): Changed {
  const ended = record.status === 'CAPTURED' || record.status === 'VOIDED';
  return ended && payment.status === 'AUTHORIZED'
    ? applyRecord(payment, record, undefined)
    : applyRefundsAndDisputes(payment, record, undefined);
}

/** Applies refunds and disputes alone. A payment that is not known to be captured has none. */
export function applyRefundsAndDisputes(
  payment: Payment,
  { refunds, disputes }: Pick<ProviderRecord, 'refunds' | 'disputes'>,
  running: RunningCommand | undefined,
): Changed {
  if (payment.capturedAmount === 0) return { payment, facts: [] };
  const refunded = applyRefunds(payment, refunds, running === undefined ? null : refundIdOf(running));
  const disputed = applyDisputes(refunded.payment, disputes);
  const facts = [...refunded.facts, ...disputed.facts];
  const { capturedAmount, refundedAmount, status } = disputed.payment;
  const newStatus = refundStatus(capturedAmount, refundedAmount);
  if (status === newStatus || !isTaken(status)) return { payment: disputed.payment, facts };
  return { payment: { ...disputed.payment, status: newStatus }, facts };
}

function isTaken(status: Payment['status']): boolean {
  return status === 'CAPTURED' || status === 'PARTIALLY_REFUNDED' || status === 'REFUNDED';
}

function withStatus(payment: Payment, record: ProviderRecord): Payment {
  const { status, capturedAmount, reference: providerReference } = record;
  // a captured payment is never AUTHORIZED again: such a record is an old one
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

/** What was done at the provider to an authorised payment without an operation of ours that asked for it. */
function factsOf(before: Payment, after: Payment, running: RunningCommand | undefined): ProviderFact[] {
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
