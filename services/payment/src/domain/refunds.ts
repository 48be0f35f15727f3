import { idSchema } from '@outrider/contracts';
import { reasonText, type Payment, type Refund } from './payment.js';
import type { ProviderRefund } from './provider-answer.js';
import type { ProviderFact } from './provider-fact.js';

/** A payment after a change, and the facts that are sent to order about it. */
export interface Changed {
  readonly payment: Payment;
  readonly facts: readonly ProviderFact[];
}

/** A refund's status never goes back: a record that comes late, or out of order, changes nothing. */
const RANK = { PENDING: 0, SUCCEEDED: 1, FAILED: 2, CANCELED: 2 } as const satisfies Record<Refund['status'], number>;

/** Is its money given back, or about to be? */
export function countsAsRefunded({ status }: Pick<ProviderRefund, 'status'>): boolean {
  return status === 'PENDING' || status === 'SUCCEEDED';
}

export function hasPending({ refunds }: Payment): boolean {
  return refunds.some(({ status }) => status === 'PENDING');
}

/** The refund of ours with this id; undefined when the provider has not shown it. Of several the furthest one counts. */
export function refundOfId({ refunds }: Pick<Payment, 'refunds'>, refundId: string): Refund | undefined {
  const ours = refunds.filter((refund) => refund.refundId === refundId);
  const order: Refund['status'][] = ['SUCCEEDED', 'PENDING', 'FAILED', 'CANCELED'];
  return ours.toSorted((a, b) => order.indexOf(a.status) - order.indexOf(b.status))[0];
}

/** The refunds with this refund id that the provider shows changed: the result of the last try. */
export function changedRefunds(
  { refunds }: Payment,
  shown: readonly ProviderRefund[],
  refundId: string,
): readonly ProviderRefund[] {
  const before = new Map(refunds.map((refund) => [refund.id, refund]));
  return shown.filter((refund) => refund.refundId === refundId && isNewer(before.get(refund.id), refund));
}

/** The status of a captured payment. */
export function refundStatus(
  capturedAmount: number,
  refundedAmount: number,
): 'CAPTURED' | 'PARTIALLY_REFUNDED' | 'REFUNDED' {
  if (refundedAmount === 0) return 'CAPTURED';
  return refundedAmount < capturedAmount ? 'PARTIALLY_REFUNDED' : 'REFUNDED';
}

/**
 * Applies what the provider shows of a captured payment's refunds. Each is known by the provider's id, so it counts once
 * however often and however late it is shown. One without a refund id of ours was made at the provider.
 *
 * @param runningId the refund id of the running command: the outcome of that refund is in its answer
 */
export function applyRefunds(payment: Payment, shown: readonly ProviderRefund[], runningId: string | null): Changed {
  const refunds = new Map(payment.refunds.map((refund) => [refund.id, refund]));
  const facts: ProviderFact[] = [];
  let unlisted = unlistedAmount(payment);
  const inOrder = shown.map(withOwnId).toSorted((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
  for (const refund of inOrder) {
    const before = refunds.get(refund.id);
    if (!isNewer(before, refund)) continue;
    const counted = countsAsRefunded(refund);
    let by = before?.by ?? (refund.refundId === null ? 'provider' : 'order');
    // refunded before refunds had ids: its amount is in the sum already
    const fromBefore = before === undefined && by === 'provider' && counted && refund.amount <= unlisted;
    if (fromBefore) by = 'order';
    if (before === undefined && by === 'order' && counted) unlisted -= Math.min(unlisted, refund.amount);
    const now: Refund = {
      ...refund,
      by,
      refundId: before?.refundId ?? refund.refundId,
      reason: refund.reason === null ? null : reasonText(refund.reason),
    };
    refunds.set(refund.id, now);
    const fact = factOf(payment.id, before, now, runningId);
    if (fact !== undefined) facts.push(fact);
  }
  if (
    refunds.size === payment.refunds.length &&
    [...refunds.values()].every((one, at) => one === payment.refunds[at])
  ) {
    return { payment, facts };
  }
  const all = [...refunds.values()];
  const refundedAmount = Math.min(payment.capturedAmount, unlisted + sumOf(all));
  return { payment: { ...payment, refunds: all, refundedAmount }, facts };
}

/** A person may have written something else where a provider keeps the refund id: then the refund was made there. */
function withOwnId(refund: ProviderRefund): ProviderRefund {
  return { ...refund, refundId: idSchema.safeParse(refund.refundId).data ?? null };
}

function isNewer(before: ProviderRefund | undefined, { status }: ProviderRefund): boolean {
  return before === undefined || RANK[status] > RANK[before.status];
}

function factOf(
  paymentId: string,
  before: Refund | undefined,
  { id: providerRefundId, refundId, amount, by, reason, status }: Refund,
  runningId: string | null,
): ProviderFact | undefined {
  const counts = countsAsRefunded({ status });
  const counted = before !== undefined && countsAsRefunded(before);
  if (by === 'provider' && counts && before === undefined) {
    return { type: 'PAYMENT_PROVIDER_REFUNDED', payload: { paymentId, providerRefundId, amount } };
  }
  if (counts || !counted) return undefined;
  const why = reason ?? status.toLowerCase();
  if (refundId === null) {
    return { type: 'PAYMENT_PROVIDER_REFUND_RETURNED', payload: { paymentId, providerRefundId, amount, reason: why } };
  }
  // the answer of the command that asked for it says so
  if (refundId === runningId || before.status !== 'SUCCEEDED') return undefined;
  return { type: 'PAYMENT_REFUND_RETURNED', payload: { paymentId, refundId, amount, reason: why } };
}

/** What was refunded before refunds were stored one by one, as far as it has not been shown since. */
function unlistedAmount({ refundedAmount, refunds }: Payment): number {
  return Math.max(0, refundedAmount - sumOf(refunds));
}

function sumOf(refunds: readonly Refund[]): number {
  return refunds.filter(countsAsRefunded).reduce((sum, { amount }) => sum + amount, 0);
}
