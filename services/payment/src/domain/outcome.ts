import type { ReasonCode } from '@outrider/contracts';
import { applyRecord, type RunningCommand } from './apply-record.js';
import { failure, refundIdOf, type ActionNotice, type Reply } from './command.js';
import { actionNotice, creationSucceeded, decide, isPaid, RELEASED, releaseOf } from './decide.js';
import { reasonText, type Operation, type Payment } from './payment.js';
import type { ProviderAnswer, ProviderRecord } from './provider-answer.js';
import type { ProviderFact } from './provider-fact.js';
import { changedRefunds, refundStatus, refundOfId } from './refunds.js';
import { refundOutcome, refusedRefundOutcome } from './refund-outcome.js';

/** What the provider's answer means for a payment. */
export type Outcome =
  | { readonly kind: 'answered'; readonly payment: Payment; readonly reply: Reply }
  /** the same command needs another operation, now; or later, when one of its refunds has just failed */
  | { readonly kind: 'operate'; readonly payment: Payment; readonly operation: Operation; readonly slow?: true }
  /** the customer or the bank must act: looked up again later; `notice` when order does not know of it yet */
  | {
      readonly kind: 'wait';
      readonly payment: Payment;
      readonly operation: Operation;
      readonly notice: ActionNotice | undefined;
      readonly slow: boolean;
    }
  /** the same operation again later; `newRound` when it was refused, so that the key must change */
  | { readonly kind: 'retry'; readonly payment: Payment; readonly inDoubt: boolean; readonly newRound: boolean };

export const NOT_IN_TIME = 'the customer did not act in time';
const NOWHERE_TO_GO = 'the provider names nothing that the customer can do';

/**
 * Decides what an answer means. Only an answer resolves a doubt: after a time-out (`unanswered` and `reached`) the
 * payment is IN_DOUBT, and the same operation is tried again under the same key.
 */
export function outcomeOf(
  stored: Payment,
  running: RunningCommand,
  answer: ProviderAnswer,
  now: Date,
): Outcome & { readonly facts: readonly ProviderFact[] } {
  const payment = beforeOperation(stored, running);
  if (answer.kind === 'unanswered') return { ...unanswered(payment, running, answer.reached), facts: [] };
  const { record } = answer;
  const { payment: known, facts } =
    record === undefined ? { payment, facts: [] } : applyRecord(payment, record, running);
  const outcome =
    answer.kind === 'record'
      ? recordOutcome(payment, known, running, answer.record, now)
      : refused(payment, known, running, answer);
  return { ...outcome, facts };
}

/**
 * Does a record decide the running operation? It does when it shows that the operation has had its effect, or never will:
 * a refund by its id, never by a sum. Any other record may be old, or about something else.
 */
export function isConclusive(stored: Payment, running: RunningCommand, record: ProviderRecord): boolean {
  const payment = beforeOperation(stored, running);
  switch (running.operation.kind) {
    case 'AUTHORIZE':
      return record.status !== 'REQUIRES_ACTION' || payment.action === null;
    case 'CAPTURE':
    case 'VOID':
      return record.status === 'CAPTURED' || record.status === 'VOIDED';
    case 'REFUND': {
      const refundId = refundIdOf(running);
      if (refundId !== null && changedRefunds(payment, record.refunds, refundId).length > 0) return true;
      const { payment: known } = applyRecord(payment, record, running);
      if (known === payment || running.request.kind !== 'RELEASE') return false;
      const next = decide(known, running, ownerOf(payment));
      return next.kind === 'answered' || (running.operation.amount === 0 && next.operation.amount > 0);
    }
  }
}

/** Does an authorisation wait for the customer, so that it is only looked up? */
export function awaitsCustomer({ action }: Payment, { kind }: Operation): boolean {
  return kind === 'AUTHORIZE' && action !== null;
}

/** Is a refund pending at the provider, so that it is only looked up? */
export function awaitsRefund(payment: Payment, running: RunningCommand): boolean {
  const { request, operation } = running;
  if (operation.kind !== 'REFUND') return false;
  return (
    operation.amount === 0 || (request.kind === 'REFUND' && refundOfId(payment, request.refundId)?.status === 'PENDING')
  );
}

/** The payment with its status before the operation, which follows from the operation: only AUTHORIZED is captured. */
function beforeOperation(payment: Payment, { operation }: RunningCommand): Payment {
  const { action, capturedAmount, refundedAmount } = payment;
  switch (operation.kind) {
    case 'AUTHORIZE':
      return { ...payment, status: action === null ? 'PENDING' : 'ACTION_REQUIRED' };
    case 'CAPTURE':
      return { ...payment, status: 'AUTHORIZED' };
    case 'VOID':
      return { ...payment, status: action === null ? 'AUTHORIZED' : 'ACTION_REQUIRED' };
    case 'REFUND':
      return { ...payment, status: refundStatus(capturedAmount, refundedAmount) };
  }
}

function unanswered(payment: Payment, running: RunningCommand, reached: boolean): Outcome {
  // it was only looked up
  if (awaitsCustomer(payment, running.operation) || awaitsRefund(payment, running)) {
    return { kind: 'retry', payment, inDoubt: false, newRound: false };
  }
  const inDoubt = running.inDoubt || reached;
  return { kind: 'retry', payment: inDoubt ? putInDoubt(payment) : payment, inDoubt, newRound: false };
}

function putInDoubt(payment: Payment): Payment {
  return { ...payment, status: 'IN_DOUBT' };
}

function recordOutcome(
  payment: Payment,
  known: Payment,
  running: RunningCommand,
  record: ProviderRecord,
  now: Date,
): Outcome {
  const { operation } = running;
  const doubt: Outcome = { kind: 'retry', payment: putInDoubt(known), inDoubt: true, newRound: false };
  switch (operation.kind) {
    case 'AUTHORIZE':
      if (record.status === 'REQUIRES_ACTION') return mustAct(payment, known, running, now);
      // the customer can still try another card: order gets the refusal only when that has been closed
      if (awaitsCustomer(payment, operation) && record.open === true) return close(known);
      return done(known, running);
    case 'CAPTURE':
      if (known.capturedAmount > 0) return done(known, running);
      if (record.status !== 'VOIDED' && record.status !== 'DECLINED') return doubt;
      return refused(payment, known, running, { reason: record.reason ?? `it is ${record.status}`, record });
    case 'VOID':
      if (record.status === 'VOIDED') return done(known, running);
      if (record.status !== 'CAPTURED') return doubt;
      return refused(payment, known, running, { reason: 'it is captured', record });
    case 'REFUND':
      return refundOutcome(payment, known, running, record.refunds) ?? doubt;
  }
}

/** An authorisation that the customer does not approve in time must not stay open: it is voided. */
function mustAct(payment: Payment, known: Payment, running: RunningCommand, now: Date): Outcome {
  const { commandId, request, operation } = running;
  // the release that waits behind it voids it
  if (payment.released && request.kind === 'CREATE') {
    return { kind: 'answered', payment: known, reply: failure({ commandId, request }, RELEASED, 'cancelled') };
  }
  if (known.action === null) return close({ ...known, reason: NOWHERE_TO_GO, code: 'authentication-failed' });
  if (Date.parse(known.action.expiresAt) <= now.getTime()) {
    return close({ ...known, reason: NOT_IN_TIME, code: 'authentication-timeout' });
  }
  const notice = payment.action === null ? actionNotice(commandId, known) : undefined;
  return { kind: 'wait', payment: known, operation, notice, slow: false };
}

/** Voids what the customer was asked for; the payment's reason says why. */
function close(payment: Payment): Outcome {
  return { kind: 'operate', payment, operation: { kind: 'VOID', amount: payment.amount } };
}

function done(payment: Payment, { commandId, request, operation }: RunningCommand): Outcome {
  const answered = (reply: Reply, more: Partial<Payment> = {}): Outcome => ({
    kind: 'answered',
    payment: { ...payment, ...more },
    reply,
  });
  switch (request.kind) {
    case 'CREATE': {
      const refuse = (reason: string, code: ReasonCode): Outcome =>
        answered(failure({ commandId, request }, reason, code), { reason, code });
      if (operation.kind === 'VOID') {
        return refuse(payment.reason ?? NOT_IN_TIME, payment.code ?? 'authentication-timeout');
      }
      if (payment.status === 'DECLINED') return refuse(payment.reason ?? 'declined', payment.code ?? 'card-declined');
      // the release that waits behind it voids it; order must not take it for paid
      if (payment.released) return answered(failure({ commandId, request }, RELEASED, 'cancelled'));
      if (isPaid(payment)) return answered(creationSucceeded(commandId, payment));
      const code = payment.status === 'VOIDED' ? 'payment-voided' : 'payment-failed';
      return refuse(`the provider shows it as ${payment.status}`, code);
    }
    case 'CONFIRM':
      return answered({ type: 'PAYMENT_CONFIRM', payload: { commandId, capturedAmount: payment.capturedAmount } });
    case 'RELEASE':
      return answered(releaseOf(commandId, payment));
    case 'REFUND':
      throw new Error(`a refund does not end as a ${operation.kind}`);
  }
}

function refused(
  payment: Payment,
  known: Payment,
  running: RunningCommand,
  { reason: given, code: givenCode, record }: Omit<Extract<ProviderAnswer, { kind: 'refused' }>, 'kind'>,
): Outcome {
  const { request, operation, commandId } = running;
  const reason = reasonText(given);
  if (operation.kind === 'CAPTURE' && known.capturedAmount > 0) return done(known, running);
  if (operation.kind === 'VOID' && record?.status === 'VOIDED') return done(known, running);
  if (operation.kind === 'REFUND') return refusedRefundOutcome(known, running, reason, givenCode);
  if (request.kind === 'RELEASE') {
    const next = decide(known, running, ownerOf(payment));
    // while another card can be tried, a decline closes nothing
    if (next.kind === 'answered' && record?.open !== true) return { ...next, payment: known };
    // what the provider shows asks for something else: captured where we believed authorised
    if (next.kind === 'operate' && next.operation.kind !== operation.kind) return next;
    // it must be closed: retried until it is
    return { kind: 'retry', payment: { ...known, reason }, inDoubt: false, newRound: true };
  }
  if (operation.kind === 'VOID' && (record === undefined || record.open === true || isOpen(known))) {
    // the customer's time is over: it must be closed, and the reason stays the time
    const { reason: first, code } = payment;
    return { kind: 'retry', payment: { ...known, reason: first, code }, inDoubt: false, newRound: true };
  }
  if (request.kind === 'REFUND') throw new Error(`a refund is not refused as a ${operation.kind}`);
  const status = operation.kind === 'AUTHORIZE' ? 'DECLINED' : known.status;
  const code = known.status === 'VOIDED' ? 'payment-voided' : (givenCode ?? 'payment-failed');
  return {
    kind: 'answered',
    payment: { ...known, status, reason, code },
    reply: failure({ commandId, request }, reason, code),
  };
}

function isOpen({ status }: Payment): boolean {
  return status === 'ACTION_REQUIRED' || status === 'AUTHORIZED';
}

function ownerOf({ orderId, id }: Payment): { orderId: string; newPaymentId: string } {
  return { orderId, newPaymentId: id };
}
