import type { BookDifferenceKind, PaymentStatus } from '@outrider/contracts';
import type { Charge, ProviderDispute, ProviderRefund } from './provider-answer.js';
import { refundStatus } from './refunds.js';

/** A payment as our database has it. Amounts in minor units. */
export interface BookedPayment {
  readonly orderId: string;
  readonly status: PaymentStatus;
  readonly amount: number;
  readonly currency: string;
  readonly capturedAmount: number;
  readonly refundedAmount: number;
  readonly provider: string;
  /** the provider's id for its charge; null: none is known */
  readonly reference: string | null;
  readonly refunds: readonly Pick<ProviderRefund, 'id' | 'status'>[];
  readonly disputes: readonly Pick<ProviderDispute, 'id' | 'status'>[];
  /** a command is running or waiting: it cannot be compared now */
  readonly busy: boolean;
  /** differs after each change */
  readonly version: string;
}

/** What of a provider's charge is compared with a payment. */
export type BookedCharge = Pick<Charge, 'status' | 'amount' | 'currency' | 'capturedAmount' | 'refundedAmount'>;

/** What is compared: a charge by the provider's id for it; null where our own books name none. */
export interface ChargeId {
  readonly provider: string;
  readonly orderId: string;
  readonly reference: string | null;
}

export type ChargeDifferenceKind = Extract<BookDifferenceKind, `charge_${string}`>;

/** `expected` is ours, `seen` the provider's; text for operators. */
export interface ChargeDifference {
  readonly kind: ChargeDifferenceKind;
  readonly expected: string;
  readonly seen: string;
}

/** Money is held or captured, or may be yet. */
const HOLDS: ReadonlySet<PaymentStatus> = new Set(['ACTION_REQUIRED', 'AUTHORIZED', 'CAPTURED', 'PARTIALLY_REFUNDED']);
const NO_PAYMENT = 'no charge, for there is no payment';
const TAKEN: ReadonlySet<PaymentStatus> = new Set(['CAPTURED', 'PARTIALLY_REFUNDED', 'REFUNDED']);

/**
 * Compares a charge with the payment of its order; undefined when they agree. Nothing may be running for the payment.
 *
 * @param payment undefined: the order has none
 * @param charge undefined: the provider has none with this id
 */
export function chargeDifference(
  { provider, reference }: ChargeId,
  payment: BookedPayment | undefined,
  charge: BookedCharge | undefined,
): ChargeDifference | undefined {
  if (payment !== undefined && payment.provider === provider && payment.reference === reference) {
    return ownDifference(payment, charge);
  }
  // a charge beside the payment's own, or without any: harmless once nothing is held by it
  if (charge === undefined || !HOLDS.has(statusOf(charge))) return undefined;
  const own = payment?.provider === provider ? payment.reference : null;
  const expected = payment === undefined ? NO_PAYMENT : (own ?? 'no charge of this payment');
  return { kind: 'charge_unknown', expected, seen: shownCharge(charge) };
}

/**
 * A charge that the provider has, or may have, and that cannot be read.
 *
 * @param payment undefined: the order has none
 * @param reason why it cannot be read; text for operators
 */
export function unreadableCharge(payment: BookedPayment | undefined, reason: string): ChargeDifference {
  const expected = payment === undefined ? NO_PAYMENT : shown(payment);
  return { kind: 'charge_unreadable', expected, seen: `not readable: ${reason}` };
}

/**
 * Does the provider's list show something that may not have been applied yet: a refund, or a dispute that is new or may
 * have been closed? The sums may agree all the same.
 */
export function mayHaveUpdates(
  { reference, refunds, disputes }: BookedPayment,
  charge: Pick<Charge, 'providerPaymentId' | 'refunds' | 'disputed'>,
): boolean {
  if (reference !== charge.providerPaymentId) return false;
  const known = new Map(refunds.map(({ id, status }) => [id, status]));
  if (charge.refunds.some(({ id, status }) => known.get(id) !== status)) return true;
  return charge.disputed && (disputes.length === 0 || disputes.some(({ status }) => status === 'OPEN'));
}

/** Should the provider have a charge for this payment? */
export function namesCharge({ reference, status }: BookedPayment): boolean {
  return reference !== null || status === 'AUTHORIZED' || TAKEN.has(status);
}

function ownDifference(payment: BookedPayment, charge: BookedCharge | undefined): ChargeDifference | undefined {
  const expected = shown(payment);
  if (charge === undefined) {
    return namesCharge(payment) ? { kind: 'charge_missing', expected, seen: 'none' } : undefined;
  }
  const asked = payment.amount === charge.amount && payment.currency === charge.currency;
  const taken = payment.capturedAmount === charge.capturedAmount;
  const refunded = payment.refundedAmount === charge.refundedAmount;
  if (asked && taken && refunded && sameStatus(payment.status, statusOf(charge))) return undefined;
  const refundsOnly = asked && taken && TAKEN.has(payment.status) && TAKEN.has(statusOf(charge));
  return { kind: refundsOnly ? 'charge_refunds' : 'charge_differs', expected, seen: shownCharge(charge) };
}

function sameStatus(payment: PaymentStatus, charge: PaymentStatus): boolean {
  if (payment === charge) return true;
  // nothing was captured, and nothing can be: the name makes no difference in money
  const closed = (status: PaymentStatus): boolean => status === 'DECLINED' || status === 'VOIDED';
  return closed(payment) && closed(charge);
}

/** A charge's status in the words of our payments. */
function statusOf({ status, capturedAmount, refundedAmount }: BookedCharge): PaymentStatus {
  if (status === 'REQUIRES_ACTION') return 'ACTION_REQUIRED';
  return status === 'CAPTURED' ? refundStatus(capturedAmount, refundedAmount) : status;
}

function shownCharge(charge: BookedCharge): string {
  return shown({ ...charge, status: charge.status === 'CAPTURED' ? statusOf(charge) : charge.status });
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
