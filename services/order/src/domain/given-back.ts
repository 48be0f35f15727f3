import type { Outcome, Saga } from './saga-state.js';

/** A sold order shows how much of its money was given back. */
export function soldAs({ capturedAmount, refundedAmount }: Pick<Saga, 'capturedAmount' | 'refundedAmount'>): Outcome {
  if (refundedAmount === 0) return 'COMPLETED';
  return refundedAmount < capturedAmount ? 'PARTIALLY_REFUNDED' : 'REFUNDED';
}

/**
 * The saga when so much more was given back; what was taken may not be known yet, and of what came back before the fact
 * may come later. But once payment has closed an order that is undone, its answer has counted all refunds that there
 * were: one of which the fact comes after it counts only for what has come back to the shop since.
 */
export function givenBack(saga: Saga, amount: number): Saga {
  const refundedAmount = saga.refundedAmount + amount;
  if (isMoneyClosed(saga)) return { ...saga, refundedAmount: Math.min(saga.capturedAmount, refundedAmount) };
  return shown({ ...saga, refundedAmount });
}

/** The saga when so much of what had been given back has come back. */
export function cameBack(saga: Saga, amount: number): Saga {
  return shown({ ...saga, refundedAmount: Math.max(0, saga.refundedAmount - amount) });
}

/** The saga when so much was taken, in all. */
export function taken(saga: Saga, amount: number): Saga {
  return shown({ ...saga, capturedAmount: Math.max(saga.capturedAmount, amount) });
}

/** Payment has answered that none of the money of an order that is undone is kept. */
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

/** Only a completed order shows amounts by its status; before that it shows its step, and undone it stays so. */
function shown(saga: Saga): Saga {
  const completed = (saga.step === 'DONE' || saga.step === 'REFUNDING') && isSold(saga.outcome);
  return completed ? { ...saga, outcome: soldAs(saga) } : saga;
}
