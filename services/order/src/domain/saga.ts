import type { PayloadOf } from '@outrider/contracts';
import {
  again,
  end,
  ignored,
  NO_ANSWER,
  isProviderFact,
  step,
  undo,
  type Advance,
  type SagaInput,
  type StepInput,
} from './advance.js';
import { showAction } from './customer-action.js';
import { soldAs } from './given-back.js';
import { EMPTY_LEDGER, findRefund, type Ledger } from './ledger.js';
import { providerFact } from './provider-updates.js';
import { done, refunding } from './refund-steps.js';
import { why, whyNotPaid, whyNotReserved, type Why } from './reason.js';
import { sumByProduct } from './pieces.js';
import { enter, type Saga } from './saga-state.js';
import { DEFAULT_TIMING, type SagaTiming } from './saga-timing.js';

export type { Advance, SagaInput } from './advance.js';

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
  const misfit = misfitOf(saga, input, now);
  if (misfit !== undefined) return { kind: 'ignored', reason: misfit };
  if (isProviderFact(input)) return providerFact(saga, input, ledger, now, timing);
  switch (saga.step) {
    case 'RESERVING':
      return reserving(saga, input, now, timing);
    case 'AUTHORIZING':
      return authorizing(saga, input, now, timing);
    case 'CONFIRMING':
      return confirming(saga, input, now, timing);
    case 'CAPTURING':
      return capturing(saga, input, now, timing);
    case 'COMPENSATING':
      return compensating(saga, input, now, timing, ledger);
    case 'REFUNDING':
      return refunding(saga, input, now, timing);
    case 'DONE':
      return done(saga, input, now, timing);
  }
}

/** Why an input cannot mean the saga as it stands, whatever the step. */
function misfitOf(saga: Saga, input: SagaInput, now: Date): string | undefined {
  if (input.type === 'DEADLINE') {
    return saga.deadlineAt !== null && saga.deadlineAt <= now ? undefined : 'the deadline has not come';
  }
  if (input.type === 'RETRY') {
    return saga.retryAt !== null && saga.retryAt <= now ? undefined : 'it is not time to try again';
  }
  if (!('payload' in input) || !('commandId' in input.payload)) return undefined;
  const { commandId } = input.payload;
  return commandId === saga.stockCommandId || commandId === saga.moneyCommandId
    ? undefined
    : 'it answers a command that is not open';
}

function reserving(saga: Saga, input: StepInput, now: Date, timing: SagaTiming): Advance {
  switch (input.type) {
    case 'RESERVATION_CREATION_SUCCEEDED': {
      const reserved = { ...saga, reservationId: input.payload.reservationId };
      return step(enter(reserved, saga.total === 0 ? 'CONFIRMING' : 'AUTHORIZING', now, timing));
    }
    case 'RESERVATION_CREATION_FAILED':
      // nothing is reserved and payment was never asked: both legs are closed already
      return end(notReserved(saga, input.payload), now, timing);
    case 'RESERVATION_EXPIRED':
      // the answer to the reservation is still on its way or lost; what it would say is over
      return undo(saga, 'FAILED', why('reservation-expired'), now, timing);
    case 'DEADLINE':
      return undo(saga, 'FAILED', why('reservation-timeout'), now, timing);
    case 'CANCEL':
      return cancel(saga, now, timing);
    case 'RETRY':
      return again(saga, now, timing);
    case 'RESERVATION_CONFIRM':
    case 'RESERVATION_CONFIRM_FAILED':
    case 'RESERVATION_RELEASE':
    case 'RESERVATION_RESTOCKED':
    case 'PAYMENT_CREATION_SUCCEEDED':
    case 'PAYMENT_ACTION_REQUIRED':
    case 'PAYMENT_CREATION_FAILED':
    case 'PAYMENT_CONFIRM':
    case 'PAYMENT_CONFIRM_FAILED':
    case 'PAYMENT_RELEASE':
    case 'PAYMENT_REFUNDED':
    case 'PAYMENT_REFUND_FAILED':
      return ignored(NO_ANSWER);
    case 'REFUND':
      return ignored(NOT_COMPLETED);
  }
}

function authorizing(saga: Saga, input: StepInput, now: Date, timing: SagaTiming): Advance {
  switch (input.type) {
    case 'PAYMENT_CREATION_SUCCEEDED': {
      const { paymentId, amount } = input.payload;
      const paid = { ...saga, paymentId };
      if (amount === saga.total) return step(enter(paid, 'CONFIRMING', now, timing));
      return undo(paid, 'PAYMENT_FAILED', anotherAmount(`authorised ${amount} of ${saga.total}`), now, timing);
    }
    case 'PAYMENT_ACTION_REQUIRED':
      return showAction(saga, input.payload, timing);
    case 'PAYMENT_CREATION_FAILED':
      return undo(saga, 'PAYMENT_FAILED', whyNotPaid(input.payload, 'payment-failed'), now, timing);
    case 'RESERVATION_EXPIRED':
      return undo(saga, 'FAILED', why('reservation-expired'), now, timing);
    case 'DEADLINE':
      return undo(saga, 'PAYMENT_FAILED', notPaidInTime(saga), now, timing);
    case 'CANCEL':
      return cancel(saga, now, timing);
    case 'RETRY':
      return again(saga, now, timing);
    case 'RESERVATION_CREATION_SUCCEEDED':
    case 'RESERVATION_CREATION_FAILED':
    case 'RESERVATION_CONFIRM':
    case 'RESERVATION_CONFIRM_FAILED':
    case 'RESERVATION_RELEASE':
    case 'RESERVATION_RESTOCKED':
    case 'PAYMENT_CONFIRM':
    case 'PAYMENT_CONFIRM_FAILED':
    case 'PAYMENT_RELEASE':
    case 'PAYMENT_REFUNDED':
    case 'PAYMENT_REFUND_FAILED':
      return ignored(NO_ANSWER);
    case 'REFUND':
      return ignored(NOT_COMPLETED);
  }
}

function confirming(saga: Saga, input: StepInput, now: Date, timing: SagaTiming): Advance {
  switch (input.type) {
    case 'RESERVATION_CONFIRM':
      return saga.total === 0 ? end(saga, now, timing) : step(enter(saga, 'CAPTURING', now, timing));
    case 'RESERVATION_CONFIRM_FAILED':
      return undo(saga, 'FAILED', why('reservation-expired', input.payload.reason), now, timing);
    case 'RESERVATION_EXPIRED':
      return undo(saga, 'FAILED', why('reservation-expired'), now, timing);
    case 'CANCEL':
      return cancel(saga, now, timing);
    case 'RETRY':
      return again(saga, now, timing);
    case 'RESERVATION_CREATION_SUCCEEDED':
    case 'RESERVATION_CREATION_FAILED':
    case 'RESERVATION_RELEASE':
    case 'RESERVATION_RESTOCKED':
    case 'PAYMENT_CREATION_SUCCEEDED':
    case 'PAYMENT_ACTION_REQUIRED':
    case 'PAYMENT_CREATION_FAILED':
    case 'PAYMENT_CONFIRM':
    case 'PAYMENT_CONFIRM_FAILED':
    case 'PAYMENT_RELEASE':
    case 'PAYMENT_REFUNDED':
    case 'PAYMENT_REFUND_FAILED':
    case 'DEADLINE':
      return ignored(NO_ANSWER);
    case 'REFUND':
      return ignored(NOT_COMPLETED);
  }
}

function capturing(saga: Saga, input: StepInput, now: Date, timing: SagaTiming): Advance {
  switch (input.type) {
    case 'PAYMENT_CONFIRM': {
      const { capturedAmount } = input.payload;
      const captured = { ...saga, capturedAmount };
      if (saga.cancelRequested) return cancel(captured, now, timing);
      // somebody may have refunded it at the provider before its answer came
      if (capturedAmount === saga.total) return end({ ...captured, outcome: soldAs(captured) }, now, timing);
      return undo(
        captured,
        'PAYMENT_FAILED',
        anotherAmount(`captured ${capturedAmount} of ${saga.total}`),
        now,
        timing,
      );
    }
    case 'PAYMENT_CONFIRM_FAILED': {
      if (saga.cancelRequested) return undo(saga, 'CANCELLED', why('cancelled', input.payload.reason), now, timing);
      return undo(saga, 'PAYMENT_FAILED', whyNotPaid(input.payload, 'payment-failed'), now, timing);
    }
    case 'CANCEL':
      if (saga.cancelRequested) return ignored('cancelling was asked before');
      // the capture may have happened already: only its answer says what there is to undo
      return step({ ...saga, cancelRequested: true }, [], why('cancelled'));
    case 'RETRY':
      return again(saga, now, timing);
    case 'RESERVATION_CREATION_SUCCEEDED':
    case 'RESERVATION_CREATION_FAILED':
    case 'RESERVATION_CONFIRM':
    case 'RESERVATION_CONFIRM_FAILED':
    case 'RESERVATION_EXPIRED':
    case 'RESERVATION_RELEASE':
    case 'RESERVATION_RESTOCKED':
    case 'PAYMENT_CREATION_SUCCEEDED':
    case 'PAYMENT_ACTION_REQUIRED':
    case 'PAYMENT_CREATION_FAILED':
    case 'PAYMENT_RELEASE':
    case 'PAYMENT_REFUNDED':
    case 'PAYMENT_REFUND_FAILED':
    case 'DEADLINE':
      return ignored(NO_ANSWER);
    case 'REFUND':
      return ignored(NOT_COMPLETED);
  }
}

function compensating(saga: Saga, input: StepInput, now: Date, timing: SagaTiming, ledger: Ledger): Advance {
  switch (input.type) {
    case 'RESERVATION_RELEASE':
      return close({ ...saga, stockCommandId: null }, now, timing);
    case 'PAYMENT_RELEASE': {
      const { refundedAmount } = input.payload;
      if (refundedAmount < saga.capturedAmount) {
        return ignored(`refunded ${refundedAmount} of the ${saga.capturedAmount} captured: money is still open`);
      }
      // what was given back must have been taken, whether or not its answer ever came
      const closed = { ...saga, moneyCommandId: null, capturedAmount: refundedAmount };
      // it is answered again as it was the first time: when it has come back since, only what others gave back counts
      const cameBack = findRefund(ledger, 'shop', input.payload.commandId) !== undefined;
      return close(cameBack ? closed : { ...closed, refundedAmount }, now, timing);
    }
    case 'RETRY':
      return again(saga, now, timing);
    case 'RESERVATION_CREATION_SUCCEEDED':
    case 'RESERVATION_CREATION_FAILED':
    case 'RESERVATION_CONFIRM':
    case 'RESERVATION_CONFIRM_FAILED':
    case 'RESERVATION_EXPIRED':
    case 'RESERVATION_RESTOCKED':
    case 'PAYMENT_CREATION_SUCCEEDED':
    case 'PAYMENT_ACTION_REQUIRED':
    case 'PAYMENT_CREATION_FAILED':
    case 'PAYMENT_CONFIRM':
    case 'PAYMENT_CONFIRM_FAILED':
    case 'PAYMENT_REFUNDED':
    case 'PAYMENT_REFUND_FAILED':
    case 'DEADLINE':
      // a release closes any state, so nothing that happened before it matters any more
      return ignored(NO_ANSWER);
    case 'REFUND':
      return ignored(NOT_COMPLETED);
    case 'CANCEL':
      return ignored('it is being undone already');
  }
}

const NOT_COMPLETED = 'only what was completed can be refunded';

function notReserved(saga: Saga, payload: PayloadOf<'order-event', 'RESERVATION_CREATION_FAILED'>): Saga {
  const shortages = [...sumByProduct(payload.lines)].map(([productId, quantity]) => ({ productId, quantity }));
  return { ...saga, outcome: 'FAILED', why: whyNotReserved(payload), shortages };
}

function anotherAmount(detail: string): Why {
  return why('amount-mismatch', detail);
}

/** Whoever was asked to act and did not is told so; else it was payment that did not answer. */
function notPaidInTime({ action }: Saga): Why {
  return why(action === null ? 'payment-timeout' : 'authentication-timeout');
}

function cancel(saga: Saga, now: Date, timing: SagaTiming): Advance {
  return undo({ ...saga, cancelRequested: true }, 'CANCELLED', why('cancelled'), now, timing);
}

/** One leg has answered: the order ends with the other. */
function close(saga: Saga, now: Date, timing: SagaTiming): Advance {
  return saga.stockCommandId === null && saga.moneyCommandId === null ? end(saga, now, timing) : step(saga, []);
}
