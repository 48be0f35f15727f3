import { failure, type ActionNotice, type Command, type Reply } from './command.js';
import { actionNotice, creationSucceeded, decide, RELEASED, releaseOf } from './decide.js';
import { reasonText, type Operation, type Payment } from './payment.js';
import type { ProviderAnswer, ProviderRecord } from './provider-answer.js';

/** What follows from a provider's answer. */
export type Settlement =
  | { readonly kind: 'answered'; readonly payment: Payment; readonly reply: Reply }
  /** the same command needs another operation */
  | { readonly kind: 'operate'; readonly payment: Payment; readonly operation: Operation }
  /** the customer must act: looked at again later; `notice` when it has not been told yet */
  | { readonly kind: 'waits'; readonly payment: Payment; readonly notice: ActionNotice | undefined }
  /** the same operation again later; `newRound` when it was refused, so that the key must change */
  | { readonly kind: 'again'; readonly payment: Payment; readonly inDoubt: boolean; readonly newRound: boolean };

/** An operation on the way for a command. */
export interface Running extends Command {
  readonly operation: Operation;
  /** an earlier try may have had its effect */
  readonly inDoubt: boolean;
}

export const NOT_IN_TIME = 'the customer did not act in time';

/** Decides what an answer means. Nothing but an answer ends a doubt. */
export function settle(shown: Payment, running: Running, answer: ProviderAnswer, now: Date): Settlement {
  const payment: Payment = { ...shown, status: statusBefore(shown, running.operation) };
  switch (answer.kind) {
    case 'unanswered': {
      // nothing was asked but how it stands
      if (awaitsCustomer(payment, running.operation))
        return { kind: 'again', payment, inDoubt: false, newRound: false };
      const inDoubt = running.inDoubt || answer.reached;
      const waiting: Payment = inDoubt ? { ...payment, status: 'IN_DOUBT' } : payment;
      return { kind: 'again', payment: waiting, inDoubt, newRound: false };
    }
    case 'record':
      if (asksCustomer(running.operation, answer.record)) return mustAct(payment, running, answer.record, now);
      if (awaitsCustomer(payment, running.operation) && answer.record.open === true) {
        // the customer holds what another card can be tried with: order is told no only when that is over
        return close(adopt(payment, answer.record));
      }
      if (achieved(payment, running.operation, answer.record)) return done(adopt(payment, answer.record), running);
      return { kind: 'again', payment: { ...payment, status: 'IN_DOUBT' }, inDoubt: true, newRound: false };
    case 'refused':
      return refused(payment, running, answer.reason, answer.record);
  }
}

/** Does the provider's record show that the operation has had its effect? */
export function achieved(payment: Payment, { kind, amount }: Operation, record: ProviderRecord): boolean {
  switch (kind) {
    case 'AUTHORIZE':
      return record.status !== 'REQUIRES_ACTION';
    case 'CAPTURE':
      return record.capturedAmount === amount;
    case 'VOID':
      return record.status === 'VOIDED';
    case 'REFUND':
      return record.refundedAmount >= payment.refundedAmount + amount;
  }
}

/** Is it the customer's turn, by the provider's record of an authorisation? */
export function asksCustomer({ kind }: Operation, { status }: ProviderRecord): boolean {
  return kind === 'AUTHORIZE' && status === 'REQUIRES_ACTION';
}

/** Is an authorisation with the provider already, and nothing to be asked for but how it stands? */
export function awaitsCustomer({ action }: Payment, { kind }: Operation): boolean {
  return kind === 'AUTHORIZE' && action !== null;
}

/** The operation says what the payment was before it: only an authorised one is captured or voided, and so on. */
function statusBefore(payment: Payment, operation: Operation): Payment['status'] {
  switch (operation.kind) {
    case 'AUTHORIZE':
      return payment.action === null ? 'PENDING' : 'ACTION_REQUIRED';
    case 'CAPTURE':
      return 'AUTHORIZED';
    case 'VOID':
      return payment.action === null ? 'AUTHORIZED' : 'ACTION_REQUIRED';
    case 'REFUND':
      return payment.refundedAmount > 0 ? 'PARTIALLY_REFUNDED' : 'CAPTURED';
  }
}

function adopt(payment: Payment, record: ProviderRecord): Payment {
  return {
    ...payment,
    status: record.status === 'REQUIRES_ACTION' ? 'ACTION_REQUIRED' : record.status,
    action: record.status === 'REQUIRES_ACTION' ? (payment.action ?? record.action ?? null) : null,
    capturedAmount: record.capturedAmount,
    refundedAmount: record.refundedAmount,
    providerReference: record.reference,
    reason: record.status === 'DECLINED' ? reasonText(record.reason ?? 'declined') : payment.reason,
  };
}

/** The customer's time is ours to end: an authorisation that nobody approves must not stay open. */
function mustAct(payment: Payment, running: Running, record: ProviderRecord, now: Date): Settlement {
  const { commandId, request } = running;
  const known = adopt(payment, record);
  // the release that waits behind voids it
  if (payment.released && request.kind === 'CREATE') {
    return { kind: 'answered', payment: known, reply: failure({ commandId, request }, RELEASED) };
  }
  if (known.action === null || Date.parse(known.action.expiresAt) <= now.getTime()) {
    return close({ ...known, reason: NOT_IN_TIME });
  }
  return {
    kind: 'waits',
    payment: known,
    notice: payment.action === null ? actionNotice(commandId, known) : undefined,
  };
}

/** Ends what the customer was asked for, at the provider; the payment's reason says why. */
function close(payment: Payment): Settlement {
  return { kind: 'operate', payment, operation: { kind: 'VOID', amount: payment.amount } };
}

function done(payment: Payment, { commandId, request, operation }: Running): Settlement {
  const answered = (reply: Reply): Settlement => ({ kind: 'answered', payment, reply });
  switch (request.kind) {
    case 'CREATE':
      if (operation.kind === 'VOID') {
        const reason = payment.reason ?? NOT_IN_TIME;
        return { kind: 'answered', payment: { ...payment, reason }, reply: failure({ commandId, request }, reason) };
      }
      if (payment.status === 'DECLINED') return answered(failure({ commandId, request }, payment.reason ?? 'declined'));
      if (payment.status !== 'AUTHORIZED') {
        return answered(failure({ commandId, request }, `the provider shows it as ${payment.status}`));
      }
      // the release that waits behind voids it; order must not take it for paid
      if (payment.released) return answered(failure({ commandId, request }, RELEASED));
      return answered(creationSucceeded(commandId, payment));
    case 'CONFIRM':
      return answered({ type: 'PAYMENT_CONFIRM', payload: { commandId, capturedAmount: payment.capturedAmount } });
    case 'RELEASE':
      return answered(releaseOf(commandId, payment));
    case 'REFUND':
      return answered({
        type: 'PAYMENT_REFUNDED',
        payload: { commandId, refundId: request.refundId, amount: operation.amount },
      });
  }
}

function refused(payment: Payment, running: Running, why: string, record: ProviderRecord | undefined): Settlement {
  const { request, operation } = running;
  const reason = reasonText(why);
  if (record !== undefined && achieved(payment, operation, record)) return done(adopt(payment, record), running);
  const known = record === undefined ? payment : adopt(payment, record);
  if (request.kind === 'RELEASE') {
    const next = decide(known, running, { orderId: payment.orderId, newPaymentId: payment.id });
    // while another card can be tried a decline closes nothing
    if (next.kind === 'answered' && record?.open !== true) return { ...next, payment: known };
    // what the provider shows asks for something else: captured where we believed authorised
    if (next.kind === 'operate' && !same(next.operation, operation)) return next;
    // it must be closed: again and again, until it is or somebody sees to it
    return { kind: 'again', payment: { ...known, reason }, inDoubt: false, newRound: true };
  }
  if (operation.kind === 'VOID' && (record === undefined || record.open === true || isOpen(known))) {
    // the customer's time is over: it must be closed all the same, and the reason stays why
    return { kind: 'again', payment: { ...known, reason: payment.reason }, inDoubt: false, newRound: true };
  }
  const status = operation.kind === 'AUTHORIZE' ? 'DECLINED' : known.status;
  const payload = { commandId: running.commandId, request };
  return { kind: 'answered', payment: { ...known, status, reason }, reply: failure(payload, reason) };
}

function same(one: Operation, other: Operation): boolean {
  return one.kind === other.kind && one.amount === other.amount;
}

function isOpen({ status }: Payment): boolean {
  return status === 'ACTION_REQUIRED' || status === 'AUTHORIZED';
}
