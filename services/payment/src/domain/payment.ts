import { timeOfId, type PaymentStatus, type ReasonCode } from '@outrider/contracts';
import type { ProviderDispute, ProviderRefund } from './provider-answer.js';

/** What the customer must do, and until when; an address to go to, or a secret for the provider's own form. */
export interface RequiredAction {
  readonly redirectUrl?: string;
  readonly clientSecret?: string;
  readonly expiresAt: string;
}

/** A refund of a payment, as the provider last showed it. */
export interface Refund extends ProviderRefund {
  /** who asked for it: order, by a command, or somebody at the provider */
  readonly by: 'order' | 'provider';
}

/** The money of one order. Amounts in the currency's minor unit. */
export interface Payment {
  readonly id: string;
  readonly orderId: string;
  /** While an operation is in doubt the status is IN_DOUBT; what it was before follows from the operation. */
  readonly status: PaymentStatus;
  readonly amount: number;
  readonly currency: string;
  /** the provider's token; null when the order was released before a payment was asked for */
  readonly paymentMethod: string | null;
  readonly capturedAmount: number;
  /**
   * The sum of the refunds that are PENDING or SUCCEEDED, and of what was refunded before refunds were stored one by one
   */
  readonly refundedAmount: number;
  /** every refund that the provider has shown */
  readonly refunds: readonly Refund[];
  readonly disputes: readonly ProviderDispute[];
  /** the provider that it is made through; absent before it is stored */
  readonly provider?: string;
  /** the provider's id for it; null while the provider does not know it */
  readonly providerReference: string | null;
  /** why it is what it is, in the provider's words or ours: for admins and logs */
  readonly reason: string | null;
  /** the same as customers may see it */
  readonly code: ReasonCode | null;
  /** set while the customer must act, and until the provider has shown what the customer did */
  readonly action: RequiredAction | null;
  /** its release was requested: nothing is authorised or captured any more */
  readonly released: boolean;
  /** the trace of the command that it was made by; absent or null: none */
  readonly traceparent?: string | null;
}

/**
 * The id of an order's payment: the order's own UUIDv7 with its 12 bits after the version replaced by a number, as the
 * ids of order's commands are made. The keys of operations at the provider begin with it. So a command that comes again
 * to a database that was restored from an older backup asks under the keys of the first time: it finds the first charge
 * and makes no second one.
 */
export function paymentIdOf(orderId: string): string {
  return `${orderId.slice(0, 15)}${PAYMENT_NUMBER}${orderId.slice(18)}`;
}

/** Written into ids that are out in the world, beside those of order's commands: never change it. */
const PAYMENT_NUMBER = '010';

/** ISO 4217's code for no currency, for a payment that was released before it was asked for. */
export const NO_CURRENCY = 'XXX';

/**
 * What a provider is asked to do. `amount` is what to authorise, capture or refund; a refund of 0 only looks up the
 * pending refunds.
 */
export interface Operation {
  readonly kind: 'AUTHORIZE' | 'CAPTURE' | 'VOID' | 'REFUND';
  readonly amount: number;
}

/**
 * The key that the provider knows an operation by: the same for every try, so that it has its effect once. `round`
 * counts the definite refusals before: a new round is a new request.
 */
export function providerKey(paymentId: string, operation: Operation['kind'], commandId: string, round: number): string {
  return [paymentId, operation.toLowerCase(), commandId, ...(round === 0 ? [] : [round])].join(':');
}

/**
 * May the provider have forgotten the key of an operation's first try? Providers keep keys for a day; an hour is longer
 * than the delay of their search.
 *
 * @param id the UUIDv7 of the order or of the refund, which holds its time
 */
export function keyMayBeForgotten(id: string, now: Date): boolean {
  return now.getTime() - timeOfId(id) > KEYS_ARE_KEPT_MS;
}
const KEYS_ARE_KEPT_MS = 3_600_000;

/** A provider's reason as it goes into events and logs: one line of at most 300 characters, none of them cut in two. */
export function reasonText(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cs}]+/gu, ' ').trim();
  return line.slice(0, 300).toWellFormed() || 'no reason given';
}
