import { changing, ignored, step, type Advance, type Advanced } from './advance.js';
import { cameBack, givenBack } from './given-back.js';
import { openCommands } from './open-commands.js';
import type { InputOf, Situation } from './reactions.js';
import { why, whyNotPaid, type Why } from './reason.js';
import { publishedRefund, type OpenRefund } from './refund.js';
import { enter, enterRefund, enterRestock, refundableAmount, type Saga } from './saga-state.js';

/** The only thing that can still happen to an order that has ended. */
export function startRefund({ saga, now, timing }: Situation, { refund, reason }: InputOf['REFUND']): Advance {
  const left = refundableAmount(saga);
  if (left === undefined) return ignored('only what was completed can be refunded');
  if (refund.amount < 0 || refund.amount > left) return ignored(`${left} are left to refund`);
  if (refund.amount === 0 && refund.restock.length === 0) return ignored('it gives nothing back');
  const next = enterRefund(saga, refund, now, timing);
  return step(next, openCommands(next), why(null, reason));
}

/**
 * The amount refunded is the refund's amount from here on, also where another was requested. Its pieces are restocked
 * all the same; only if no money was refunded has it failed.
 */
export function refunded(situation: Situation, { payload: { amount } }: InputOf['PAYMENT_REFUNDED']): Advance {
  const { saga, now, timing } = situation;
  const refund = openRefund(saga);
  const differs = amount !== refund.amount;
  const words = `refunded ${amount} instead of ${refund.amount}`;
  if (amount === 0) return failed(situation, refund, why('refund-failed', words));
  const note = differs ? why(null, words) : null;
  const given = { ...refund, amount };
  const after = givenBack(saga, amount);
  if (refund.restock.length === 0) return succeeded({ ...situation, saga: after }, given, note);
  const next = enterRestock(after, given, now, timing);
  const { refundId } = refund;
  return changing(
    step(next, openCommands(next), note),
    differs ? [{ kind: 'refund', refundId, amount, status: 'PENDING', failure: null, restocked: false }] : [],
  );
}

/** Nothing was given back: the order is what it was, and nothing goes into stock. */
export function refundFailed(situation: Situation, { payload }: InputOf['PAYMENT_REFUND_FAILED']): Advance {
  return failed(situation, openRefund(situation.saga), whyNotPaid(payload, 'refund-failed'));
}

export function restocked(situation: Situation): Advance {
  const refund = openRefund(situation.saga);
  return refund.returned === undefined
    ? succeeded(situation, refund, null)
    : failed(situation, refund, why('refund-returned', refund.returned));
}

/** The money of the refund under way was sent back. What inventory was asked to restock, it restocks. */
export function returnOpenRefund(situation: Situation, refund: OpenRefund, failure: Why): Advance {
  const { saga } = situation;
  if (saga.moneyCommandId !== null) return failed(situation, refund, failure);
  if (refund.amount === 0 || refund.returned !== undefined) return ignored('none of its money is given back');
  const returned = cameBack({ ...saga, refund: { ...refund, returned: failure.detail ?? '' } }, refund.amount);
  return step(returned, [], failure);
}

function openRefund({ orderId, refund }: Saga): OpenRefund {
  if (refund === null) throw new TypeError(`order ${orderId} is REFUNDING without a refund`);
  return refund;
}

/** Pieces that came back without money are no lifecycle event. */
function succeeded({ saga, now, timing }: Situation, refund: OpenRefund, note: Why | null): Advanced {
  const { refundId, amount } = refund;
  const isRestocked = refund.restock.length > 0;
  return changing(
    step(enter(saga, 'DONE', now, timing), [], note),
    [{ kind: 'refund', refundId, amount, status: 'SUCCEEDED', failure: null, restocked: isRestocked }],
    amount === 0 ? null : { type: 'ORDER_REFUNDED', refund: publishedRefund(refund) },
  );
}

/** No lifecycle event has announced it, so none takes it back. */
function failed({ saga, now, timing }: Situation, { refundId, amount }: OpenRefund, failure: Why): Advanced {
  const isRestocked = saga.stockCommandId !== null;
  const over = step(enter(saga, 'DONE', now, timing), [], failure);
  return changing(over, [{ kind: 'refund', refundId, amount, status: 'FAILED', failure, restocked: isRestocked }]);
}
