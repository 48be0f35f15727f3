import { refundIdOf } from '../domain/command.js';
import { keyMayBeForgotten, providerKey, type Payment } from '../domain/payment.js';
import type { ProviderAnswer } from '../domain/provider-answer.js';
import { awaitsCustomer, awaitsRefund, settles } from '../domain/outcome.js';
import type { Running } from '../domain/apply-record.js';
import type { LookupAnswer, PaymentProvider } from '../providers/payment-provider.js';
import type { Attempt } from '../domain/attempt.js';

/**
 * Asks the provider for an attempt's operation, outside of any transaction. What may have had its effect before is looked
 * up first: a provider forgets keys after a day or so, its records it keeps. Not being found proves nothing, so the same
 * request follows under the same key; where that may be forgotten, nothing is asked for before the lookup was answered.
 * While the customer must act, or a refund is on its way, there is nothing to ask for but how it stands. After a definite
 * no the provider is asked how the payment stands.
 */
export async function askProvider(provider: PaymentProvider, attempt: Attempt, now: Date): Promise<ProviderAnswer> {
  const { payment } = attempt;
  const { provider: madeThrough = provider.name } = payment;
  if (madeThrough !== provider.name) {
    // it knows nothing of it, and what it would say of it means nothing
    const reason = `configuration: it was made through ${madeThrough}, and ${provider.name} is in use`;
    return { kind: 'unanswered', reached: false, reason };
  }
  const running: Running = { ...attempt.command, operation: attempt.operation };
  if (awaitsCustomer(payment, running.operation) || awaitsRefund(payment, running)) {
    const found = await lookUp(provider, attempt);
    return found.kind === 'record' ? found : notSeen(found);
  }
  const forgotten = keyMayBeForgotten(idOf(payment, running), now);
  const mustSee = running.operation.kind === 'REFUND' || (running.operation.kind === 'AUTHORIZE' && forgotten);
  if (running.inDoubt || (mustSee && (forgotten || attempt.command.tries > 0))) {
    const found = await lookUp(provider, attempt);
    if (found.kind === 'record' && settles(payment, running, found.record)) return found;
    if (found.kind === 'unanswered' && mustSee) return notSeen(found);
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
      // what a no means cannot be told without it; it is the same no next time
      return notSeen(found);
  }
}

/** What was asked for before is as much in doubt as it was. */
function notSeen(found: Exclude<LookupAnswer, { kind: 'record' }>): ProviderAnswer {
  return { kind: 'unanswered', reached: false, reason: found.kind === 'unanswered' ? found.reason : found.kind };
}

/** The id that says how old an operation is: a payment is asked for when its order is placed. */
function idOf({ orderId }: Payment, running: Running): string {
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
