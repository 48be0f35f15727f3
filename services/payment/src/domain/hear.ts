import type { Operation, Payment } from './payment.js';
import type { ProviderRecord } from './provider-answer.js';
import { achieved, asksCustomer } from './settle.js';

/** A try at a command's operation; with every change of hands the version is another. */
export interface Try {
  readonly commandId: string;
  readonly version: number;
}

/** Does an answer still count, or has somebody else taken the attempt over, or ended it, since it was asked for? */
export function stillCounts(running: Try, asked: Try): boolean {
  return running.commandId === asked.commandId && running.version === asked.version;
}

/**
 * Does what a provider tells of its own accord settle the operation on its way? It does when it shows that this has had
 * its effect, exactly as a lookup would. What fits no operation changes nothing: it may be late, and what it shows may
 * be long past.
 */
export function tells(payment: Payment, operation: Operation, provider: string, record: ProviderRecord): boolean {
  const sameThing = payment.provider === provider && [null, record.reference].includes(payment.providerReference);
  if (!sameThing) return false;
  return achieved(payment, operation, record) || (payment.action === null && asksCustomer(operation, record));
}
