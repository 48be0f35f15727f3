import type { ReasonCode } from '@outrider/contracts';
import { failure, type ActionNotice, type Command, type Reply, type Request } from './command.js';
import { NO_CURRENCY, type Operation, type Payment } from './payment.js';
import { hasPending, refundOfId } from './refunds.js';

/** What follows from a command: an answer at once, or something to ask the provider for first. */
export type Decision =
  | { readonly kind: 'answered'; readonly payment: Payment | undefined; readonly reply: Reply }
  | { readonly kind: 'operate'; readonly payment: Payment; readonly operation: Operation };

type RequestOf<K extends Request['kind']> = Extract<Request, { kind: K }>;

/** Who a payment belongs to, and the id it gets when it has to be made. */
export interface Owner {
  readonly orderId: string;
  readonly newPaymentId: string;
}

export const RELEASED = 'released before it was paid';

/**
 * Decides a command for a payment that has no operation running.
 *
 * @param payment undefined when nothing was ever asked about this order
 */
export function decide(payment: Payment | undefined, command: Command, owner: Owner): Decision {
  const { commandId, request } = command;
  switch (request.kind) {
    case 'CREATE':
      return create(payment, commandId, request, owner);
    case 'CONFIRM':
      return confirm(payment, commandId, request);
    case 'RELEASE':
      return release(payment, commandId, request, owner);
    case 'REFUND':
      return refund(payment, commandId, request);
  }
}

function create(payment: Payment | undefined, commandId: string, request: RequestOf<'CREATE'>, owner: Owner): Decision {
  const { amount, currency, paymentMethod } = request;
  if (payment === undefined) {
    const fresh: Payment = { ...newPayment(owner), status: 'PENDING', amount, currency, paymentMethod };
    if (amount > 0) return { kind: 'operate', payment: fresh, operation: { kind: 'AUTHORIZE', amount } };
    const reason = 'there is nothing to pay';
    const code = 'payment-failed';
    const reply = failure({ commandId, request }, reason, code);
    return { kind: 'answered', payment: { ...fresh, status: 'DECLINED', reason, code }, reply };
  }
  const same = payment.amount === amount && payment.currency === currency;
  if (isPaid(payment) && same && !payment.released) {
    return { kind: 'answered', payment, reply: creationSucceeded(commandId, payment) };
  }
  const refused = (reason: string, code: ReasonCode): Decision => ({
    kind: 'answered',
    payment,
    reply: failure({ commandId, request }, reason, code),
  });
  if (payment.released) return refused(RELEASED, 'cancelled');
  if (payment.status === 'DECLINED') return refused(payment.reason ?? 'declined', payment.code ?? 'card-declined');
  return refused(`the order has a payment already, which is ${payment.status}`, 'payment-failed');
}

/**
 * Is the money held, or was it captured? It may have been captured at the provider, or before the database was restored;
 * what was refunded since is a fact of its own.
 */
export function isPaid({ status, capturedAmount }: Payment): boolean {
  return status === 'AUTHORIZED' || capturedAmount > 0;
}

function confirm(payment: Payment | undefined, commandId: string, request: RequestOf<'CONFIRM'>): Decision {
  const refused = (reason: string, code: ReasonCode = 'payment-failed'): Decision => ({
    kind: 'answered',
    payment,
    reply: failure({ commandId, request }, reason, code),
  });
  if (payment === undefined) return refused('the order has no payment');
  if (payment.released) return refused(RELEASED, 'cancelled');
  // no matter who captured it, and what was refunded since: the answer is how much was captured
  if (payment.capturedAmount > 0) {
    const reply: Reply = { type: 'PAYMENT_CONFIRM', payload: { commandId, capturedAmount: payment.capturedAmount } };
    return { kind: 'answered', payment, reply };
  }
  if (payment.status === 'VOIDED') return refused('the payment is VOIDED', 'payment-voided');
  if (payment.status !== 'AUTHORIZED') return refused(`the payment is ${payment.status}`);
  if (payment.amount !== request.amount) {
    return refused(`${payment.amount} was authorised, not ${request.amount}`, 'amount-mismatch');
  }
  return { kind: 'operate', payment, operation: { kind: 'CAPTURE', amount: request.amount } };
}

function release(
  payment: Payment | undefined,
  commandId: string,
  request: RequestOf<'RELEASE'>,
  owner: Owner,
): Decision {
  const released: Payment =
    payment === undefined
      ? { ...newPayment(owner), status: 'VOIDED', reason: request.reason, released: true }
      : { ...payment, released: true };
  switch (released.status) {
    case 'AUTHORIZED':
    case 'ACTION_REQUIRED':
      return { kind: 'operate', payment: released, operation: { kind: 'VOID', amount: released.amount } };
    case 'CAPTURED':
    case 'PARTIALLY_REFUNDED':
    case 'REFUNDED': {
      const amount = released.capturedAmount - released.refundedAmount;
      // a pending refund may still fail: it is waited for
      if (amount === 0 && !hasPending(released)) break;
      return { kind: 'operate', payment: released, operation: { kind: 'REFUND', amount } };
    }
    case 'DECLINED':
    case 'VOIDED':
      break;
    case 'PENDING':
    case 'IN_DOUBT':
      throw new Error(`payment ${released.id} is ${released.status} although nothing runs for it`);
  }
  return { kind: 'answered', payment: released, reply: releaseOf(commandId, released) };
}

function refund(payment: Payment | undefined, commandId: string, request: RequestOf<'REFUND'>): Decision {
  const refused = (reason: string): Decision => ({
    kind: 'answered',
    payment,
    reply: failure({ commandId, request }, reason, 'refund-failed'),
  });
  if (payment === undefined) return refused('the order has no payment');
  // known already, from before a restore: it gets no more than it got then
  const existing = refundOfId(payment, request.refundId);
  switch (existing?.status) {
    case 'SUCCEEDED':
      return { kind: 'answered', payment, reply: refundedReply(commandId, request.refundId, existing.amount) };
    case 'FAILED':
    case 'CANCELED':
      return refused(existing.reason ?? 'the refund failed');
    case 'PENDING':
      return { kind: 'operate', payment, operation: { kind: 'REFUND', amount: request.amount } };
    case undefined:
      break;
  }
  if (payment.capturedAmount === 0) return refused(`the payment is ${payment.status}`);
  const open = payment.capturedAmount - payment.refundedAmount;
  if (request.amount === 0) return refused('there is nothing to refund');
  if (request.amount > open) return refused(`${open} is left of what was captured`);
  return { kind: 'operate', payment, operation: { kind: 'REFUND', amount: request.amount } };
}

export function refundedReply(commandId: string, refundId: string, amount: number): Reply {
  return { type: 'PAYMENT_REFUNDED', payload: { commandId, refundId, amount } };
}

export function creationSucceeded(commandId: string, payment: Payment): Reply {
  return {
    type: 'PAYMENT_CREATION_SUCCEEDED',
    payload: { commandId, paymentId: payment.id, amount: payment.amount },
  };
}

/** The notice for a payment whose customer must act; undefined for any other. */
export function actionNotice(commandId: string, { id, status, action }: Payment): ActionNotice | undefined {
  if (status !== 'ACTION_REQUIRED' || action === null) return undefined;
  return { type: 'PAYMENT_ACTION_REQUIRED', payload: { commandId, paymentId: id, ...action } };
}

/** The answer to a release: `voided` only when there was something to void. */
export function releaseOf(commandId: string, payment: Payment): Reply {
  const voided = payment.status === 'VOIDED' && payment.providerReference !== null;
  return { type: 'PAYMENT_RELEASE', payload: { commandId, voided, refundedAmount: payment.refundedAmount } };
}

function newPayment({ orderId, newPaymentId }: Owner): Payment {
  return {
    id: newPaymentId,
    orderId,
    status: 'PENDING',
    amount: 0,
    currency: NO_CURRENCY,
    paymentMethod: null,
    capturedAmount: 0,
    refundedAmount: 0,
    refunds: [],
    disputes: [],
    providerReference: null,
    reason: null,
    code: null,
    action: null,
    released: false,
  };
}
