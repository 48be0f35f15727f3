import type { ReasonCode } from '@outrider/contracts';
import { failure, refundIdOf, type ActionNotice, type Reply } from './command.js';
import { actionNotice, creationSucceeded, decide, isPaid, RELEASED, releaseOf } from './decide.js';
import { reasonText, type Operation, type Payment } from './payment.js';
import type { ProviderAnswer, ProviderRecord } from './provider-answer.js';
import type { ProviderFact } from './provider-fact.js';
import { newsOf, refundStatus, standingOf } from './refunds.js';
import { settleRefund, settleRefusedRefund } from './refund-outcome.js';
import { takeOver, type Running } from './apply-record.js';

/** What follows from a provider's answer. */
export type Settlement =
  | { readonly kind: 'answered'; readonly payment: Payment; readonly reply: Reply }
  /** the same command needs another operation, now; or later, when one of its refunds has just failed */
  | { readonly kind: 'operate'; readonly payment: Payment; readonly operation: Operation; readonly slow?: true }
  /** somebody else must act: looked at again later; `notice` when the customer has not been told yet */
  | {
      readonly kind: 'waits';
      readonly payment: Payment;
      readonly operation: Operation;
      readonly notice: ActionNotice | undefined;
      readonly slow: boolean;
    }
  /** the same operation again later; `newRound` when it was refused, so that the key must change */
  | { readonly kind: 'again'; readonly payment: Payment; readonly inDoubt: boolean; readonly newRound: boolean };

export const NOT_IN_TIME = 'the customer did not act in time';
const NOWHERE_TO_GO = 'the provider names nothing that the customer can do';

/** Decides what an answer means. Nothing but an answer ends a doubt. */
export function settle(
  shown: Payment,
  running: Running,
  answer: ProviderAnswer,
  now: Date,
): Settlement & { readonly facts: readonly ProviderFact[] } {
  const payment = beforeOperation(shown, running);
  if (answer.kind === 'unanswered') return { ...unanswered(payment, running, answer.reached), facts: [] };
  const { record } = answer;
  const { payment: known, facts } = record === undefined ? { payment, facts: [] } : takeOver(payment, record, running);
  const settled =
    answer.kind === 'record'
      ? shownAs(payment, known, running, answer.record, now)
      : refused(payment, known, running, answer);
  return { ...settled, facts };
}

/**
 * Does what the provider shows settle the operation on its way? It does when it shows that this has had its effect, or
 * never will: a refund by its id, never by a sum. All else may be old, or of something else.
 */
export function settles(shown: Payment, running: Running, record: ProviderRecord): boolean {
  const payment = beforeOperation(shown, running);
  switch (running.operation.kind) {
    case 'AUTHORIZE':
      return record.status !== 'REQUIRES_ACTION' || payment.action === null;
    case 'CAPTURE':
    case 'VOID':
      return record.status === 'CAPTURED' || record.status === 'VOIDED';
    case 'REFUND': {
      const refundId = refundIdOf(running);
      if (refundId !== null && newsOf(payment, record.refunds, refundId).length > 0) return true;
      const { payment: known } = takeOver(payment, record, running);
      if (known === payment || running.request.kind !== 'RELEASE') return false;
      const next = decide(known, running, ownerOf(payment));
      return next.kind === 'answered' || (running.operation.amount === 0 && next.operation.amount > 0);
    }
  }
}

/** Is an authorisation with the provider already, and nothing to be asked for but how it stands? */
export function awaitsCustomer({ action }: Payment, { kind }: Operation): boolean {
  return kind === 'AUTHORIZE' && action !== null;
}

/** Is a refund on its way at the provider, and nothing to be asked for but how it stands? */
export function awaitsRefund(payment: Payment, running: Running): boolean {
  const { request, operation } = running;
  if (operation.kind !== 'REFUND') return false;
  return (
    operation.amount === 0 || (request.kind === 'REFUND' && standingOf(payment, request.refundId)?.status === 'PENDING')
  );
}

/** The operation says what the payment was before it: only an authorised one is captured or voided, and so on. */
function beforeOperation(payment: Payment, { operation }: Running): Payment {
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

function unanswered(payment: Payment, running: Running, reached: boolean): Settlement {
  // nothing was asked but how it stands
  if (awaitsCustomer(payment, running.operation) || awaitsRefund(payment, running)) {
    return { kind: 'again', payment, inDoubt: false, newRound: false };
  }
  const inDoubt = running.inDoubt || reached;
  return { kind: 'again', payment: inDoubt ? doubted(payment) : payment, inDoubt, newRound: false };
}

function doubted(payment: Payment): Payment {
  return { ...payment, status: 'IN_DOUBT' };
}

function shownAs(payment: Payment, known: Payment, running: Running, record: ProviderRecord, now: Date): Settlement {
  const { operation } = running;
  const doubt: Settlement = { kind: 'again', payment: doubted(known), inDoubt: true, newRound: false };
  switch (operation.kind) {
    case 'AUTHORIZE':
      if (record.status === 'REQUIRES_ACTION') return mustAct(payment, known, running, now);
      // the customer holds what another card can be tried with: order is told no only when that is over
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
      return settleRefund(payment, known, running, record.refunds) ?? doubt;
  }
}

/** The customer's time is ours to end: an authorisation that nobody approves must not stay open. */
function mustAct(payment: Payment, known: Payment, running: Running, now: Date): Settlement {
  const { commandId, request, operation } = running;
  // the release that waits behind voids it
  if (payment.released && request.kind === 'CREATE') {
    return { kind: 'answered', payment: known, reply: failure({ commandId, request }, RELEASED, 'cancelled') };
  }
  if (known.action === null) return close({ ...known, reason: NOWHERE_TO_GO, code: 'authentication-failed' });
  if (Date.parse(known.action.expiresAt) <= now.getTime()) {
    return close({ ...known, reason: NOT_IN_TIME, code: 'authentication-timeout' });
  }
  const notice = payment.action === null ? actionNotice(commandId, known) : undefined;
  return { kind: 'waits', payment: known, operation, notice, slow: false };
}

/** Ends what the customer was asked for, at the provider; the payment's reason says why. */
function close(payment: Payment): Settlement {
  return { kind: 'operate', payment, operation: { kind: 'VOID', amount: payment.amount } };
}

function done(payment: Payment, { commandId, request, operation }: Running): Settlement {
  const answered = (reply: Reply, more: Partial<Payment> = {}): Settlement => ({
    kind: 'answered',
    payment: { ...payment, ...more },
    reply,
  });
  switch (request.kind) {
    case 'CREATE': {
      const no = (reason: string, code: ReasonCode): Settlement =>
        answered(failure({ commandId, request }, reason, code), { reason, code });
      if (operation.kind === 'VOID') {
        return no(payment.reason ?? NOT_IN_TIME, payment.code ?? 'authentication-timeout');
      }
      if (payment.status === 'DECLINED') return no(payment.reason ?? 'declined', payment.code ?? 'card-declined');
      // the release that waits behind voids it; order must not take it for paid
      if (payment.released) return answered(failure({ commandId, request }, RELEASED, 'cancelled'));
      if (isPaid(payment)) return answered(creationSucceeded(commandId, payment));
      const code = payment.status === 'VOIDED' ? 'payment-voided' : 'payment-failed';
      return no(`the provider shows it as ${payment.status}`, code);
    }
    case 'CONFIRM':
      return answered({ type: 'PAYMENT_CONFIRM', payload: { commandId, capturedAmount: payment.capturedAmount } });
    case 'RELEASE':
      return answered(releaseOf(commandId, payment));
    case 'REFUND':
      throw new Error(`a refund is not settled as a ${operation.kind}`);
  }
}

function refused(
  payment: Payment,
  known: Payment,
  running: Running,
  { reason: why, code: because, record }: Omit<Extract<ProviderAnswer, { kind: 'refused' }>, 'kind'>,
): Settlement {
  const { request, operation, commandId } = running;
  const reason = reasonText(why);
  if (operation.kind === 'CAPTURE' && known.capturedAmount > 0) return done(known, running);
  if (operation.kind === 'VOID' && record?.status === 'VOIDED') return done(known, running);
  if (operation.kind === 'REFUND') return settleRefusedRefund(known, running, reason, because);
  if (request.kind === 'RELEASE') {
    const next = decide(known, running, ownerOf(payment));
    // while another card can be tried a decline closes nothing
    if (next.kind === 'answered' && record?.open !== true) return { ...next, payment: known };
    // what the provider shows asks for something else: captured where we believed authorised
    if (next.kind === 'operate' && next.operation.kind !== operation.kind) return next;
    // it must be closed: again and again, until it is or somebody sees to it
    return { kind: 'again', payment: { ...known, reason }, inDoubt: false, newRound: true };
  }
  if (operation.kind === 'VOID' && (record === undefined || record.open === true || isOpen(known))) {
    // the customer's time is over: it must be closed all the same, and the reason stays why
    const { reason: first, code } = payment;
    return { kind: 'again', payment: { ...known, reason: first, code }, inDoubt: false, newRound: true };
  }
  if (request.kind === 'REFUND') throw new Error(`a refund is not refused as a ${operation.kind}`);
  const status = operation.kind === 'AUTHORIZE' ? 'DECLINED' : known.status;
  const code = known.status === 'VOIDED' ? 'payment-voided' : (because ?? 'payment-failed');
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
