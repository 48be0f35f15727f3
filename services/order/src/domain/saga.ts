import { again, end, ignored, step, undo, type Advance, type Ignored } from './advance.js';
import { showAction } from './customer-action.js';
import { soldAs } from './given-back.js';
import { EMPTY_LEDGER, findRefund, type Ledger } from './ledger.js';
import { openCommands } from './open-commands.js';
import { awaitPerson, checkedTooLate, decided, enterPayment, passed, refused } from './order-check.js';
import { sumByProduct } from './pieces.js';
import { applyProviderUpdate } from './provider-updates.js';
import type { InputOf, Reaction, Reactions, Situation, StepInput } from './reactions.js';
import { why, whyNotPaid, whyNotReserved } from './reason.js';
import { refundFailed, refunded, restocked, startRefund } from './refund-steps.js';
import { ANSWERED_COMMAND, isAnswer, isProviderUpdate, type SagaInput } from './saga-input.js';
import { enter, type Saga, type SagaStep } from './saga-state.js';
import { DEFAULT_TIMING, type SagaTiming } from './saga-timing.js';

const NOT_OPEN = 'it answers a command that is not open';
const NO_DEADLINE = 'this step has no deadline';
const NOT_COMPLETED = 'only what was completed can be refunded';
const STOCK_IS_DECIDED = 'the reservation is confirmed or is being released';
const NOT_CHECKING = 'the order is not waiting for its check';
const ENDED = 'the order has ended';

/** What happens in each step. Money and stock move only through here and by `applyProviderUpdate`. */
const REACTIONS: { readonly [Step in SagaStep]: Reactions<Step> } = {
  RESERVING: {
    RESERVATION_CREATION_SUCCEEDED: reserved,
    RESERVATION_CREATION_FAILED: notReserved,
    // the answer to the reservation is still on its way or lost; what it would say is over
    RESERVATION_EXPIRED: expired,
    DEADLINE: ({ saga, now, timing }) => undo(saga, 'FAILED', why('reservation-timeout'), now, timing),
    CANCEL: cancel,
    RETRY: resend,
    REFUND: ignore(NOT_COMPLETED),
    CHECK_DECIDED: ignore(NOT_CHECKING),
  },
  // nothing was asked of payment: whatever ends it, only the stock is to be released
  CHECKING: {
    CHECK_PASSED: passed,
    CHECK_REFUSED: refused,
    CHECK_REVIEW: awaitPerson,
    CHECK_DECIDED: decided,
    RESERVATION_EXPIRED: expired,
    DEADLINE: checkedTooLate,
    CANCEL: cancel,
    RETRY: resend,
    REFUND: ignore(NOT_COMPLETED),
  },
  AUTHORIZING: {
    PAYMENT_CREATION_SUCCEEDED: authorised,
    PAYMENT_ACTION_REQUIRED: ({ saga, timing }, { payload }) => showAction(saga, payload, timing),
    PAYMENT_CREATION_FAILED: notPaid,
    RESERVATION_EXPIRED: expired,
    DEADLINE: notPaidInTime,
    CANCEL: cancel,
    RETRY: resend,
    REFUND: ignore(NOT_COMPLETED),
    CHECK_DECIDED: ignore(NOT_CHECKING),
  },
  CONFIRMING: {
    RESERVATION_CONFIRM: ({ saga, now, timing }) =>
      saga.total === 0 ? end(saga, now, timing) : step(enter(saga, 'CAPTURING', now, timing)),
    RESERVATION_CONFIRM_FAILED: ({ saga, now, timing }, { payload }) =>
      undo(saga, 'FAILED', why('reservation-expired', payload.reason), now, timing),
    RESERVATION_EXPIRED: expired,
    CANCEL: cancel,
    RETRY: resend,
    DEADLINE: ignore(NO_DEADLINE),
    REFUND: ignore(NOT_COMPLETED),
    CHECK_DECIDED: ignore(NOT_CHECKING),
  },
  CAPTURING: {
    PAYMENT_CONFIRM: captured,
    PAYMENT_CONFIRM_FAILED: notCaptured,
    CANCEL: cancelAfterCapture,
    RETRY: resend,
    RESERVATION_EXPIRED: ignore(STOCK_IS_DECIDED),
    DEADLINE: ignore(NO_DEADLINE),
    REFUND: ignore(NOT_COMPLETED),
    CHECK_DECIDED: ignore(NOT_CHECKING),
  },
  // a release closes any state, so nothing that happened before it matters any more
  COMPENSATING: {
    RESERVATION_RELEASE: ({ saga, now, timing }) => closeLeg({ ...saga, stockCommandId: null }, now, timing),
    PAYMENT_RELEASE: moneyReleased,
    RETRY: resend,
    RESERVATION_EXPIRED: ignore(STOCK_IS_DECIDED),
    DEADLINE: ignore(NO_DEADLINE),
    CANCEL: ignore('it is being undone already'),
    REFUND: ignore(NOT_COMPLETED),
    CHECK_DECIDED: ignore(NOT_CHECKING),
  },
  // without a deadline: only an answer ends it
  REFUNDING: {
    PAYMENT_REFUNDED: refunded,
    PAYMENT_REFUND_FAILED: refundFailed,
    RESERVATION_RESTOCKED: restocked,
    RETRY: resend,
    RESERVATION_EXPIRED: ignore(STOCK_IS_DECIDED),
    DEADLINE: ignore(NO_DEADLINE),
    CANCEL: ignore('the order was completed'),
    REFUND: ignore('another refund is under way'),
    CHECK_DECIDED: ignore(NOT_CHECKING),
  },
  DONE: {
    REFUND: startRefund,
    CHECK_DECIDED: ignore(NOT_CHECKING),
    RESERVATION_EXPIRED: ignore(ENDED),
    DEADLINE: ignore(ENDED),
    RETRY: ignore(ENDED),
    CANCEL: ignore(ENDED),
  },
};

/**
 * What an input does to a saga: the next saga and the commands to send, or nothing, with the reason. Pure, and total
 * over step and input. Whatever comes, late, twice, in any order or not at all: a saga only goes forward, and it ends
 * only when stock and money are both closed.
 *
 * @param ledger the order's refunds and disputes, for the inputs that `needsLedger` names
 */
export function advanceSaga(
  saga: Saga,
  input: SagaInput,
  now: Date,
  timing: SagaTiming = DEFAULT_TIMING,
  ledger: Ledger = EMPTY_LEDGER,
): Advance {
  const situation = { saga, now, timing, ledger };
  if (isProviderUpdate(input)) return applyProviderUpdate(situation, input);
  return misfitOf(situation, input) ?? react(input.type, input, situation);
}

/** Why an input cannot mean the saga as it stands, whatever the step. */
function misfitOf({ saga, now }: Situation, input: StepInput): Ignored | undefined {
  if (isAnswer(input)) {
    const answered = ANSWERED_COMMAND[input.type];
    const { commandId } = input.payload;
    const isOpen = openCommands(saga).some((open) => open.type === answered && open.commandId === commandId);
    return isOpen ? undefined : ignored(NOT_OPEN);
  }
  if (input.type === 'DEADLINE' && !isPast(saga.deadlineAt, now)) return ignored('the deadline has not come');
  if (input.type === 'RETRY' && !isPast(saga.retryAt, now)) return ignored('it is not time to send again');
  return undefined;
}

function isPast(time: Date | null, now: Date): boolean {
  return time !== null && time <= now;
}

function react<N extends StepInput['type']>(type: N, input: InputOf[N], situation: Situation): Advance {
  const reactions: { readonly [Any in StepInput['type']]?: Reaction<Any> } = REACTIONS[situation.saga.step];
  const reaction = reactions[type];
  return reaction === undefined ? ignored(NOT_OPEN) : reaction(situation, input);
}

function ignore(reason: string): () => Ignored {
  return () => ignored(reason);
}

function reserved(situation: Situation, { payload }: InputOf['RESERVATION_CREATION_SUCCEEDED']): Advance {
  const next = { ...situation.saga, reservationId: payload.reservationId };
  return next.check === 'DUE'
    ? step(enter(next, 'CHECKING', situation.now, situation.timing))
    : enterPayment({ ...situation, saga: next });
}

/** Nothing is reserved and payment was never asked: stock and money are closed already. */
function notReserved({ saga, now, timing }: Situation, { payload }: InputOf['RESERVATION_CREATION_FAILED']): Advance {
  const shortages = [...sumByProduct(payload.lines)].map(([productId, quantity]) => ({ productId, quantity }));
  return end({ ...saga, outcome: 'FAILED', why: whyNotReserved(payload), shortages }, now, timing);
}

function expired({ saga, now, timing }: Situation): Advance {
  return undo(saga, 'FAILED', why('reservation-expired'), now, timing);
}

function authorised({ saga, now, timing }: Situation, { payload }: InputOf['PAYMENT_CREATION_SUCCEEDED']): Advance {
  const { paymentId, amount } = payload;
  const paid = { ...saga, paymentId };
  if (amount === saga.total) return step(enter(paid, 'CONFIRMING', now, timing));
  const reason = why('amount-mismatch', `authorised ${amount} of ${saga.total}`);
  return undo(paid, 'PAYMENT_FAILED', reason, now, timing);
}

function notPaid({ saga, now, timing }: Situation, { payload }: InputOf['PAYMENT_CREATION_FAILED']): Advance {
  return undo(saga, 'PAYMENT_FAILED', whyNotPaid(payload, 'payment-failed'), now, timing);
}

/** Either the customer was asked to act and did not, or payment did not answer. */
function notPaidInTime({ saga, now, timing }: Situation): Advance {
  const reason = why(saga.action === null ? 'payment-timeout' : 'authentication-timeout');
  return undo(saga, 'PAYMENT_FAILED', reason, now, timing);
}

function captured(situation: Situation, { payload }: InputOf['PAYMENT_CONFIRM']): Advance {
  const { now, timing } = situation;
  const { capturedAmount } = payload;
  const saga = { ...situation.saga, capturedAmount };
  if (saga.cancelRequested) return cancel({ ...situation, saga });
  // it may have been refunded at the provider before this answer came
  if (capturedAmount === saga.total) return end({ ...saga, outcome: soldAs(saga) }, now, timing);
  const reason = why('amount-mismatch', `captured ${capturedAmount} of ${saga.total}`);
  return undo(saga, 'PAYMENT_FAILED', reason, now, timing);
}

function notCaptured({ saga, now, timing }: Situation, { payload }: InputOf['PAYMENT_CONFIRM_FAILED']): Advance {
  if (saga.cancelRequested) return undo(saga, 'CANCELLED', why('cancelled', payload.reason), now, timing);
  return undo(saga, 'PAYMENT_FAILED', whyNotPaid(payload, 'payment-failed'), now, timing);
}

function cancel({ saga, now, timing }: Situation): Advance {
  return undo({ ...saga, cancelRequested: true }, 'CANCELLED', why('cancelled'), now, timing);
}

/** The capture may have happened already: only its answer says what there is to undo. */
function cancelAfterCapture({ saga }: Situation): Advance {
  if (saga.cancelRequested) return ignored('cancelling was requested before');
  return step({ ...saga, cancelRequested: true }, [], why('cancelled'));
}

function moneyReleased({ saga, now, timing, ledger }: Situation, { payload }: InputOf['PAYMENT_RELEASE']): Advance {
  const { refundedAmount, commandId } = payload;
  if (refundedAmount < saga.capturedAmount) {
    return ignored(`refunded ${refundedAmount} of the ${saga.capturedAmount} captured: money is still open`);
  }
  // what was given back must have been taken, whether or not the answer to the capture ever came
  const closed = { ...saga, moneyCommandId: null, capturedAmount: refundedAmount };
  // a repeated answer says what the first one did: if the refund has come back since, only what others gave back counts
  const cameBack = findRefund(ledger, 'shop', commandId) !== undefined;
  return closeLeg(cameBack ? closed : { ...closed, refundedAmount }, now, timing);
}

/** The order ends with the second of its legs. */
function closeLeg(saga: Saga, now: Date, timing: SagaTiming): Advance {
  return saga.stockCommandId === null && saga.moneyCommandId === null ? end(saga, now, timing) : step(saga, []);
}

function resend({ saga, now, timing }: Situation): Advance {
  return again(saga, now, timing);
}
