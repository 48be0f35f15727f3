import type { Attempt } from '../domain/attempt.js';
import { refundIdOf } from '../domain/command.js';
import type { RunningCommand } from '../domain/apply-record.js';
import { awaitsCustomer, awaitsRefund, isConclusive } from '../domain/outcome.js';
import { keyMayBeForgotten, providerKey, type Payment } from '../domain/payment.js';
import type { ProviderAnswer } from '../domain/provider-answer.js';
import type { LookupAnswer, PaymentProvider } from '../providers/payment-provider.js';

/**
 * Asks the provider to carry out an attempt's operation, outside of any transaction. Never rejects: a time-out is the
 * answer `unanswered` with `reached: true`, which leaves the operation in doubt.
 *
 * - While the customer must act, or a refund is pending, it is only looked up.
 * - What is in doubt is looked up first: a provider forgets keys after a day or so, its records it keeps. `not-found`
 *   proves nothing, so the same request follows under the same key; where that key may be forgotten, the request is sent
 *   only after the lookup was answered.
 * - After a definite refusal the payment is looked up, for the refusal may mean that it was done before.
 */
export async function askProvider(provider: PaymentProvider, attempt: Attempt, now: Date): Promise<ProviderAnswer> {
  const { payment } = attempt;
  const { provider: madeThrough = provider.name } = payment;
  if (madeThrough !== provider.name) {
    // the provider in use does not know this payment, and its answer would mean nothing
    const reason = `configuration: it was made through ${madeThrough}, and ${provider.name} is in use`;
    return { kind: 'unanswered', reached: false, reason };
  }
  const running: RunningCommand = { ...attempt.command, operation: attempt.operation };
  if (awaitsCustomer(payment, running.operation) || awaitsRefund(payment, running)) {
    const found = await lookUp(provider, attempt);
    return found.kind === 'record' ? found : notFound(found);
  }
  const forgotten = keyMayBeForgotten(idOf(payment, running), now);
  const mustLookUp = running.operation.kind === 'REFUND' || (running.operation.kind === 'AUTHORIZE' && forgotten);
  if (running.inDoubt || (mustLookUp && (forgotten || attempt.command.tries > 0))) {
    const found = await lookUp(provider, attempt);
    if (found.kind === 'record' && isConclusive(payment, running, found.record)) return found;
    if (found.kind === 'unanswered' && mustLookUp) return notFound(found);
  }
  const answer = await operate(provider, attempt);
  if (answer.kind !== 'refused' || running.operation.kind === 'AUTHORIZE') return answer;
  const found = await lookUp(provider, attempt);
  switch (found.kind) {
    case 'record':
      return { ...answer, record: found.record };
    case 'not-found':
      return answer;
    case 'unanswered':
      // without the lookup a refusal cannot be understood; the provider repeats it next time
      return notFound(found);
  }
}

/** An operation that was in doubt before stays in doubt. */
function notFound(found: Exclude<LookupAnswer, { kind: 'record' }>): ProviderAnswer {
  return { kind: 'unanswered', reached: false, reason: found.kind === 'unanswered' ? found.reason : found.kind };
}

/** The UUIDv7 whose time is the age of an operation: a payment is authorised when its order is placed. */
function idOf({ orderId }: Payment, running: RunningCommand): string {
  return refundIdOf(running) ?? orderId;
}

function operate(provider: PaymentProvider, { payment, operation, command }: Attempt): Promise<ProviderAnswer> {
  const key = providerKey(payment.id, operation.kind, command.commandId, command.round);
  const { amount } = operation;
  const { orderId, currency, paymentMethod } = payment;
  if (operation.kind === 'AUTHORIZE') {
    return provider.authorize({ key, orderId, amount, currency, paymentMethod: paymentMethod ?? '' });
  }
  const request = { key, reference: payment.providerReference ?? '', amount, currency };
  switch (operation.kind) {
    case 'CAPTURE':
      return provider.capture(request);
    case 'VOID':
      return provider.void(request);
    case 'REFUND':
      return provider.refund({ ...request, orderId, refundId: refundIdOf(command) ?? command.commandId });
  }
}

function lookUp(provider: PaymentProvider, { payment, operation, command }: Attempt): Promise<LookupAnswer> {
  const { providerReference } = payment;
  if (providerReference !== null) return provider.lookup({ reference: providerReference });
  return provider.lookup({ key: providerKey(payment.id, operation.kind, command.commandId, command.round) });
}
