import type { Outcome, Saga } from './saga-state.js';

/** The outcome of a sold order: how much of its money was refunded. */
export function soldAs({ capturedAmount, refundedAmount }: Pick<Saga, 'capturedAmount' | 'refundedAmount'>): Outcome {
  if (refundedAmount === 0) return 'COMPLETED';
  return refundedAmount < capturedAmount ? 'PARTIALLY_REFUNDED' : 'REFUNDED';
}

/**
 * The saga after a further refund. The capture may not be known yet, and a refund that was returned before may become
 * known later. But once payment has released an order that is undone, its answer counted all refunds up to then: an
 * update about one of them counts only for what has come back to the shop since.
 */
export function givenBack(saga: Saga, amount: number): Saga {
  const refundedAmount = saga.refundedAmount + amount;
  if (isMoneyClosed(saga)) return { ...saga, refundedAmount: Math.min(saga.capturedAmount, refundedAmount) };
  return shown({ ...saga, refundedAmount });
}

/** The saga after a refund of this amount was returned. */
export function cameBack(saga: Saga, amount: number): Saga {
  return shown({ ...saga, refundedAmount: Math.max(0, saga.refundedAmount - amount) });
}

/** The saga after this amount was captured, in all. */
export function taken(saga: Saga, amount: number): Saga {
  return shown({ ...saga, capturedAmount: Math.max(saga.capturedAmount, amount) });
}

/** Payment has answered that it holds no money of an order that is undone. */
export function isMoneyClosed({ step, outcome, moneyCommandId }: Saga): boolean {
  return moneyCommandId === null && (step === 'COMPENSATING' || (step === 'DONE' && !isSold(outcome)));
}

export function isSold(outcome: Outcome): boolean {
  switch (outcome) {
    case 'COMPLETED':
    case 'PARTIALLY_REFUNDED':
    case 'REFUNDED':
      return true;
    case 'FAILED':
    case 'PAYMENT_FAILED':
    case 'CANCELLED':
      return false;
  }
}

/** Only the status of a completed order depends on the amount refunded. */
function shown(saga: Saga): Saga {
  const completed = (saga.step === 'DONE' || saga.step === 'REFUNDING') && isSold(saga.outcome);
  return completed ? { ...saga, outcome: soldAs(saga) } : saga;
}
