import { providerKey } from '../domain/payment.js';
import type { ProviderAnswer } from '../domain/provider-answer.js';
import { achieved, asksCustomer, awaitsCustomer } from '../domain/settle.js';
import type { LookupAnswer, PaymentProvider } from '../policies/payment-provider.js';
import type { Attempt } from './attempt.js';

/**
 * Asks the provider for an attempt's operation, outside of any transaction. One that may have had its effect before is
 * looked up first: a provider forgets keys after a day or so, its records it keeps. Not being found proves nothing, so
 * the same request follows under the same key. While the customer must act there is nothing to ask
 * for but how it stands. After a definite no the provider is asked how the payment stands.
 */
export async function askProvider(provider: PaymentProvider, attempt: Attempt): Promise<ProviderAnswer> {
  const { payment, operation } = attempt;
  const { provider: madeThrough = provider.name } = payment;
  if (madeThrough !== provider.name) {
    // it knows nothing of it, and what it would say of it means nothing
    const reason = `configuration: it was made through ${madeThrough}, and ${provider.name} is in use`;
    return { kind: 'unanswered', reached: false, reason };
  }
  if (awaitsCustomer(payment, operation)) {
    const found = await lookUp(provider, attempt);
    if (found.kind === 'record') return found;
    return { kind: 'unanswered', reached: false, reason: found.kind === 'not-found' ? found.kind : found.reason };
  }
  if (attempt.command.inDoubt) {
    const found = await lookUp(provider, attempt);
    if (found.kind === 'record') {
      if (achieved(payment, operation, found.record) || asksCustomer(operation, found.record)) return found;
    }
  }
  const answer = await operate(provider, attempt);
  if (answer.kind !== 'refused' || attempt.operation.kind === 'AUTHORIZE') return answer;
  const found = await lookUp(provider, attempt);
  switch (found.kind) {
    case 'record':
      return { ...answer, record: found.record };
    case 'not-found':
      return answer;
    case 'unanswered':
      // what a no means cannot be told without it; it is the same no next time
      return { kind: 'unanswered', reached: false, reason: found.reason };
  }
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
      return provider.refund(request);
  }
}

function lookUp(provider: PaymentProvider, { payment, operation, command }: Attempt): Promise<LookupAnswer> {
  const { providerReference } = payment;
  if (providerReference !== null) return provider.lookup({ reference: providerReference });
  return provider.lookup({ key: providerKey(payment.id, operation.kind, command.commandId, command.round) });
}
