import type { Transaction } from '@outrider/service-kit/database';
import { achieved, asksCustomer } from '../domain/settle.js';
import { lockPaymentsOfOrders } from '../persistence/lock-payments.js';
import { keepProviderEvent } from '../persistence/provider-events.js';
import { openCommands } from '../persistence/read-commands.js';
import type { ProviderEvent } from '../policies/payment-provider.js';
import type { Claims } from './attempt.js';
import { settleAttempts, type Settled } from './settle-attempts.js';

/** What a provider's event came to. */
export type EventOutcome = 'settled' | 'nothing-new' | 'seen-before';

/**
 * Takes in what a provider tells of its own accord, in one transaction with the event's id. It settles the operation
 * that is on its way when it shows that this has had its effect, exactly as a lookup would: then the answer to the
 * request, should it come, finds its attempt gone and is dropped. What fits no operation changes nothing: an event may
 * be late, and what it shows may be long past.
 */
export async function takeProviderEvent(
  tx: Transaction,
  provider: string,
  { eventId, orderId, record }: ProviderEvent,
  claims: Claims,
  waitMs: (tries: number) => number,
): Promise<{ readonly outcome: EventOutcome; readonly settled?: Settled }> {
  const claimedAt = performance.now();
  if (!(await keepProviderEvent(tx.sql, provider, eventId, orderId))) return { outcome: 'seen-before' };
  const payment = (await lockPaymentsOfOrders(tx.sql, [orderId])).get(orderId);
  if (payment === undefined) return { outcome: 'nothing-new' };
  const command = (await openCommands(tx.sql, [payment.id])).find(({ state }) => state === 'RUNNING');
  const operation = command?.operation;
  if (command === undefined || operation === null || operation === undefined) return { outcome: 'nothing-new' };
  const sameThing = payment.provider === provider && [null, record.reference].includes(payment.providerReference);
  const says = achieved(payment, operation, record) || (payment.action === null && asksCustomer(operation, record));
  if (!sameThing || !says) return { outcome: 'nothing-new' };
  const attempt = { payment, operation, command, claimedAt };
  const settled = await settleAttempts(tx, [{ attempt, answer: { kind: 'record', record } }], claims, waitMs);
  return { outcome: 'settled', settled };
}
