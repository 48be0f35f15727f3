import { reasonText, type Payment } from './payment.js';
import type { ProviderDispute } from './provider-answer.js';
import type { ProviderFact } from './provider-fact.js';
import type { Changed } from './refunds.js';

/**
 * Applies what the provider shows of a payment's disputes. A closed dispute is not opened again, and the amount withheld
 * for an open one only grows: so a record that comes late, or out of order, changes nothing.
 */
export function applyDisputes(payment: Payment, shown: readonly ProviderDispute[]): Changed {
  const disputes = new Map(payment.disputes.map((dispute) => [dispute.id, dispute]));
  const facts: ProviderFact[] = [];
  for (const one of shown) {
    const before = disputes.get(one.id);
    const dispute = { ...one, reason: reasonText(one.reason), withheldAmount: withheldBy(one) };
    if (!isNewer(before, dispute)) continue;
    disputes.set(dispute.id, dispute);
    facts.push(...factsOf(payment.id, before, dispute));
  }
  if (facts.length === 0 && disputes.size === payment.disputes.length) return { payment, facts };
  return { payment: { ...payment, disputes: [...disputes.values()] }, facts };
}

/** Withheld while it is open, and for good when it is lost. */
function withheldBy({ status, withheldAmount }: ProviderDispute): number {
  return status === 'OPEN' || status === 'LOST' ? withheldAmount : 0;
}

function isNewer(before: ProviderDispute | undefined, now: ProviderDispute): boolean {
  if (before === undefined) return true;
  if (now.status !== 'OPEN') {
    return before.status !== now.status || now.withheldAmount > before.withheldAmount;
  }
  return before.status === 'OPEN' && now.withheldAmount > before.withheldAmount;
}

function factsOf(paymentId: string, before: ProviderDispute | undefined, now: ProviderDispute): ProviderFact[] {
  const { id: disputeId, amount, withheldAmount, reason, respondBy, status } = now;
  const disputed: ProviderFact = {
    type: 'PAYMENT_DISPUTED',
    payload: { paymentId, disputeId, amount, withheldAmount, reason, ...(respondBy !== null && { respondBy }) },
  };
  if (status === 'OPEN') return [disputed];
  const closed: ProviderFact = {
    type: 'PAYMENT_DISPUTE_CLOSED',
    payload: { paymentId, disputeId, amount, withheldAmount, outcome: status },
  };
  return before === undefined ? [disputed, closed] : [closed];
}
