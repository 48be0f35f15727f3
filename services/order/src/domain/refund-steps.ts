import { again, changing, ignored, NO_ANSWER, step, type Advance, type Moved, type StepInput } from './advance.js';
import { cameBack, givenBack } from './given-back.js';
import { openCommands } from './open-commands.js';
import { why, whyNotPaid, type Why } from './reason.js';
import { toldRefund, type OpenRefund } from './refund.js';
import { enter, enterRefund, enterRestock, refundableAmount, type Saga } from './saga-state.js';
import type { SagaTiming } from './saga-timing.js';

/** An order that has ended: all that an answer, a clock or a person can still bring is a refund. */
export function done(saga: Saga, input: StepInput, now: Date, timing: SagaTiming): Advance {
  if (input.type !== 'REFUND') return ignored('the order has ended');
  const left = refundableAmount(saga);
  if (left === undefined) return ignored('only what was completed can be refunded');
  const { refund, reason } = input;
  if (refund.amount < 0 || refund.amount > left) return ignored(`${left} are left to refund`);
  if (refund.amount === 0 && refund.restock.length === 0) return ignored('it gives nothing back');
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
      return paid(saga, refund, amount, now, timing);
    }
    case 'PAYMENT_REFUND_FAILED':
      if (input.payload.commandId !== saga.moneyCommandId) return ignored(NO_ANSWER);
      // nothing was given back: the order is what it was, and nothing goes into stock
      return failed(saga, refund, whyNotPaid(input.payload, 'refund-failed'), now, timing);
    case 'RESERVATION_RESTOCKED':
      if (input.payload.commandId !== saga.stockCommandId) return ignored(NO_ANSWER);
      return refund.returned === undefined
        ? succeeded(saga, refund, null, now, timing)
        : failed(saga, refund, why('refund-returned', refund.returned), now, timing);
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

/** The money of the refund under way was sent back. What inventory was asked to take in again it takes in. */
export function returnOpenRefund(saga: Saga, refund: OpenRefund, failure: Why, now: Date, timing: SagaTiming): Advance {
  if (saga.moneyCommandId !== null) return failed(saga, refund, failure, now, timing);
  if (refund.amount === 0 || refund.returned !== undefined) return ignored('none of its money is given back');
  const returned = cameBack({ ...saga, refund: { ...refund, returned: failure.detail ?? '' } }, refund.amount);
  return step(returned, [], failure);
}

/**
 * So much was given back, and that is what the refund is of from here on, also where another amount was asked for. Its
 * pieces have come back all the same; only where no money was given back at all has it failed.
 */
function paid(saga: Saga, refund: OpenRefund, amount: number, now: Date, timing: SagaTiming): Moved {
  const differs = amount !== refund.amount;
  const words = `refunded ${amount} instead of ${refund.amount}`;
  if (amount === 0) return failed(saga, refund, why('refund-failed', words), now, timing);
  const note = differs ? why(null, words) : null;
  const given = { ...refund, amount };
  const after = givenBack(saga, amount);
  if (refund.restock.length === 0) return succeeded(after, given, note, now, timing);
  const next = enterRestock(after, given, now, timing);
  const { refundId } = refund;
  return changing(
    step(next, openCommands(next), note),
    differs ? [{ kind: 'refund', refundId, amount, status: 'PENDING', failure: null, restocked: false }] : [],
  );
}

/** Pieces that came back without money change nothing of what the world was told. */
function succeeded(saga: Saga, refund: OpenRefund, note: Why | null, now: Date, timing: SagaTiming): Moved {
  const { refundId, amount } = refund;
  const restocked = refund.restock.length > 0;
  return changing(
    step(enter(saga, 'DONE', now, timing), [], note),
    [{ kind: 'refund', refundId, amount, status: 'SUCCEEDED', failure: null, restocked }],
    amount === 0 ? null : { type: 'ORDER_REFUNDED', refund: toldRefund(refund) },
  );
}

/** The world was never told of it, so there is nothing to take back. */
function failed(saga: Saga, { refundId, amount }: OpenRefund, failure: Why, now: Date, timing: SagaTiming): Moved {
  const restocked = saga.stockCommandId !== null;
  const over = step(enter(saga, 'DONE', now, timing), [], failure);
  return changing(over, [{ kind: 'refund', refundId, amount, status: 'FAILED', failure, restocked }]);
}
