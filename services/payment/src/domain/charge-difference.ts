import type { BookDifferenceKind, PaymentStatus } from '@outrider/contracts';
import type { ProviderDispute, ProviderRefund } from './provider-answer.js';
import { refundStatus } from './refunds.js';
import type { Charge } from '../providers/payment-provider.js';

/** A payment as it stands in our books. Amounts in minor units. */
export interface BookedPayment {
  readonly orderId: string;
  readonly status: PaymentStatus;
  readonly amount: number;
  readonly currency: string;
  readonly capturedAmount: number;
  readonly refundedAmount: number;
  readonly provider: string;
  /** what the provider calls its charge; null: none is known there */
  readonly reference: string | null;
  readonly refunds: readonly Pick<ProviderRefund, 'id' | 'status'>[];
  readonly disputes: readonly Pick<ProviderDispute, 'id' | 'status'>[];
  /** something is on its way: nothing can be said of it now */
  readonly busy: boolean;
  /** another one after every change */
  readonly version: string;
}

/** What of a provider's charge is held against a payment. */
export type BookedCharge = Pick<Charge, 'status' | 'amount' | 'currency' | 'capturedAmount' | 'refundedAmount'>;

/** What is held against what: a charge by the provider's name for it, null where our own books name none. */
export interface ChargeName {
  readonly provider: string;
  readonly orderId: string;
  readonly reference: string | null;
}

export type ChargeDifferenceKind = Extract<BookDifferenceKind, `charge_${string}`>;

/** `expected` is ours, `seen` the provider's; for people. */
export interface ChargeDifference {
  readonly kind: ChargeDifferenceKind;
  readonly expected: string;
  readonly seen: string;
}

/** Money is held, was taken, or may be yet. */
const HOLDS: ReadonlySet<PaymentStatus> = new Set(['ACTION_REQUIRED', 'AUTHORIZED', 'CAPTURED', 'PARTIALLY_REFUNDED']);
const TAKEN: ReadonlySet<PaymentStatus> = new Set(['CAPTURED', 'PARTIALLY_REFUNDED', 'REFUNDED']);

/**
 * What of a charge and the payment of its order does not fit; undefined when all does. Neither may be on its way.
 *
 * @param payment the one of the order; undefined: there is none
 * @param charge undefined: the provider has none of this name
 */
export function judgeCharge(
  { provider, reference }: ChargeName,
  payment: BookedPayment | undefined,
  charge: BookedCharge | undefined,
): ChargeDifference | undefined {
  if (payment !== undefined && payment.provider === provider && payment.reference === reference) {
    return judgeOwn(payment, charge);
  }
  // a charge beside the payment's own, or without any: harmless once nothing is held by it
  if (charge === undefined || !HOLDS.has(ours(charge))) return undefined;
  const own = payment?.provider === provider ? payment.reference : null;
  const expected = payment === undefined ? 'no charge, for there is no payment' : (own ?? 'no charge of this payment');
  return { kind: 'charge_unknown', expected, seen: shownCharge(charge) };
}

/**
 * Does the provider's list show something of a payment that may not have been taken over: a refund, or a dispute that is
 * new or may have ended? The sums may fit all the same.
 */
export function mayHaveNews(
  { reference, refunds, disputes }: BookedPayment,
  charge: Pick<Charge, 'providerPaymentId' | 'refunds' | 'disputed'>,
): boolean {
  if (reference !== charge.providerPaymentId) return false;
  const known = new Map(refunds.map(({ id, status }) => [id, status]));
  if (charge.refunds.some(({ id, status }) => known.get(id) !== status)) return true;
  return charge.disputed && (disputes.length === 0 || disputes.some(({ status }) => status === 'OPEN'));
}

/** Does our own book say that the provider has a charge for this payment? */
export function namesCharge({ reference, status }: BookedPayment): boolean {
  return reference !== null || status === 'AUTHORIZED' || TAKEN.has(status);
}

function judgeOwn(payment: BookedPayment, charge: BookedCharge | undefined): ChargeDifference | undefined {
  const expected = shown(payment);
  if (charge === undefined) {
    return namesCharge(payment) ? { kind: 'charge_missing', expected, seen: 'none' } : undefined;
  }
  const asked = payment.amount === charge.amount && payment.currency === charge.currency;
  const taken = payment.capturedAmount === charge.capturedAmount;
  const given = payment.refundedAmount === charge.refundedAmount;
  if (asked && taken && given && sameStatus(payment.status, ours(charge))) return undefined;
  const refundsOnly = asked && taken && TAKEN.has(payment.status) && TAKEN.has(ours(charge));
  return { kind: refundsOnly ? 'charge_refunds' : 'charge_differs', expected, seen: shownCharge(charge) };
}

function sameStatus(payment: PaymentStatus, charge: PaymentStatus): boolean {
  if (payment === charge) return true;
  // nothing was taken, and nothing can be: which of the two it is called moves no money
  const closed = (status: PaymentStatus): boolean => status === 'DECLINED' || status === 'VOIDED';
  return closed(payment) && closed(charge);
}

/** A charge as a payment of ours would be called. */
function ours({ status, capturedAmount, refundedAmount }: BookedCharge): PaymentStatus {
  if (status === 'REQUIRES_ACTION') return 'ACTION_REQUIRED';
  return status === 'CAPTURED' ? refundStatus(capturedAmount, refundedAmount) : status;
}

function shownCharge(charge: BookedCharge): string {
  return shown({ ...charge, status: charge.status === 'CAPTURED' ? ours(charge) : charge.status });
}

function shown(of: {
  readonly status: string;
  readonly amount: number;
  readonly currency: string;
  readonly capturedAmount: number;
  readonly refundedAmount: number;
}): string {
  const { status, amount, currency, capturedAmount, refundedAmount } = of;
  return `${status}, ${amount} ${currency}, captured ${capturedAmount}, refunded ${refundedAmount}`;
}
