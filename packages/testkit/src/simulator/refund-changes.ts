import { sumOfRefunds, type Authorization, type Refund } from './authorization.js';
import { impossible, refused, type Change, type Happening } from './changes.js';

/** A refund that is to be made. */
export interface NewRefund extends Omit<Refund, 'amount' | 'reason'> {
  /** undefined: all that is left */
  readonly amount: number | undefined;
}

/** Money goes back: never more than was captured and is not yet on its way back. */
export const refund =
  ({ amount, ...asked }: NewRefund): Change =>
  (before) => {
    if (before.status !== 'CAPTURED' && before.status !== 'PARTIALLY_REFUNDED') return impossible('refund', before);
    if (before.disputes.some(({ inquiry, status }) => !inquiry && (status === 'OPEN' || status === 'LOST'))) {
      return refused('disputed', 'the bank has taken the money back: nothing can be refunded besides');
    }
    const open = before.capturedAmount - before.refundedAmount;
    const back = amount ?? open;
    if (back > open) return refused('amount_too_large', 'more than was captured and not yet refunded');
    const made: Refund = { ...asked, amount: back, reason: null };
    return refunded(before, [...before.refunds, made], { type: 'refund.created', refundId: made.id });
  };

/** A refund goes on: it arrives, fails, is cancelled, or the bank sends back what had arrived. */
export const updateRefund =
  (refundId: string, status: 'SUCCEEDED' | 'FAILED' | 'CANCELED', reason: string | undefined): Change =>
  (before) => {
    const found = before.refunds.find(({ id }) => id === refundId);
    if (found === undefined) return refused('not_found', 'there is no such refund');
    if (found.by === 'release') return refused('not_refunded', 'no money went back by it');
    const possible = found.status === 'PENDING' || (found.status === 'SUCCEEDED' && status === 'FAILED');
    if (!possible) return impossible(`make it ${status}`, found);
    const updated = { ...found, status, reason: status === 'SUCCEEDED' ? null : (reason ?? REASONS[status]) };
    const type = status === 'FAILED' ? 'refund.failed' : 'refund.updated';
    const refunds = before.refunds.map((one) => (one === found ? updated : one));
    return refunded(before, refunds, { type, refundId });
  };

/** Stripe's words. */
const REASONS = { FAILED: 'lost_or_stolen_card', CANCELED: 'merchant_request' } as const;

function refunded(before: Authorization, refunds: readonly Refund[], happening: Happening) {
  const refundedAmount = sumOfRefunds(refunds);
  const status =
    refundedAmount === 0 ? 'CAPTURED' : refundedAmount < before.capturedAmount ? 'PARTIALLY_REFUNDED' : 'REFUNDED';
  return { ok: true, value: { ...before, refunds, refundedAmount, status }, happening } as const;
}
