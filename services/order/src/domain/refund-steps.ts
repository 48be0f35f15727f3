import { again, end, ignored, NO_ANSWER, step, type Advance, type StepInput } from './advance.js';
import { openCommands } from './open-commands.js';
import { why, whyNotPaid } from './reason.js';
import { enter, enterRefund, enterRestock, refundableAmount, type Saga } from './saga-state.js';
import type { SagaTiming } from './saga-timing.js';

/** An order that has ended: all that can still happen to it is a refund. */
export function done(saga: Saga, input: StepInput, now: Date, timing: SagaTiming): Advance {
  if (input.type !== 'REFUND') return ignored('the order has ended');
  const left = refundableAmount(saga);
  if (left === undefined) return ignored('only what was completed can be refunded');
  const { refund, reason } = input;
  if (refund.amount < 1 || refund.amount > left) return ignored(`${left} are left to refund`);
  const next = enterRefund(saga, refund, now, timing);
  return step(next, openCommands(next), why(null, reason));
}

/** A refund under way: first the money, then, if asked, the stock. Without a deadline: only an answer ends it. */
export function refunding(saga: Saga, input: StepInput, now: Date, timing: SagaTiming): Advance {
  const { refund } = saga;
  if (refund === null) throw new TypeError(`order ${saga.orderId} is REFUNDING without a refund`);
  switch (input.type) {
    case 'PAYMENT_REFUNDED': {
      const { commandId, amount } = input.payload;
      if (commandId !== saga.moneyCommandId) return ignored(NO_ANSWER);
      if (amount !== refund.amount) return ignored(`refunded ${amount} instead of ${refund.amount}`);
      const refundedAmount = saga.refundedAmount + amount;
      const outcome = refundedAmount === saga.capturedAmount ? 'REFUNDED' : 'PARTIALLY_REFUNDED';
      const paid: Saga = { ...saga, refundedAmount, outcome };
      return refund.restock.length === 0 ? end(paid, now, timing) : step(enterRestock(paid, refund, now, timing));
    }
    case 'PAYMENT_REFUND_FAILED': {
      if (input.payload.commandId !== saga.moneyCommandId) return ignored(NO_ANSWER);
      // nothing was given back: the order is what it was, and there is nothing to tell the world
      return step(enter(saga, 'DONE', now, timing), [], whyNotPaid(input.payload, 'refund-failed'));
    }
    case 'RESERVATION_RESTOCKED':
      return input.payload.commandId === saga.stockCommandId ? end(saga, now, timing) : ignored(NO_ANSWER);
    case 'RETRY':
      return again(saga, now, timing);
    case 'REFUND':
      return ignored('another refund is under way');
    case 'CANCEL':
      return ignored('the order was completed');
    case 'RESERVATION_CREATION_SUCCEEDED':
    case 'RESERVATION_CREATION_FAILED':
    case 'RESERVATION_CONFIRM':
    case 'RESERVATION_CONFIRM_FAILED':
    case 'RESERVATION_EXPIRED':
    case 'RESERVATION_RELEASE':
    case 'PAYMENT_CREATION_SUCCEEDED':
    case 'PAYMENT_ACTION_REQUIRED':
    case 'PAYMENT_CREATION_FAILED':
    case 'PAYMENT_CONFIRM':
    case 'PAYMENT_CONFIRM_FAILED':
    case 'PAYMENT_RELEASE':
    case 'DEADLINE':
      return ignored(NO_ANSWER);
  }
}
