/** What became of a customer's money. */
export type AuthorizationStatus =
  | 'REQUIRES_ACTION'
  | 'AUTHORIZED'
  | 'DECLINED'
  | 'CAPTURED'
  | 'VOIDED'
  | 'PARTIALLY_REFUNDED'
  | 'REFUNDED';

export type RefundStatus = 'PENDING' | 'SUCCEEDED' | 'FAILED' | 'CANCELED';

/** Money that goes back to a customer: a thing of its own, with a life of its own. */
export interface Refund {
  readonly id: string;
  readonly amount: number;
  readonly status: RefundStatus;
  /** why it failed or was cancelled */
  readonly reason: string | null;
  /** what the merchant wrote on it */
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * asked for by the merchant's program, or made by hand in the dashboard; `release`: what was not captured, which an old
   * account of Stripe shows as a refund though no money goes back
   */
  readonly by: 'api' | 'dashboard' | 'release';
  readonly createdAt: string;
}

/** CLOSED: an inquiry that ended without a dispute. */
export type DisputeStatus = 'OPEN' | 'WON' | 'LOST' | 'CLOSED';

/** A customer's bank wants to know, or wants the money back. */
export interface Dispute {
  readonly id: string;
  readonly amount: number;
  /** what has been taken from the merchant for it: nothing for an inquiry, nothing any more once it is won */
  readonly withheldAmount: number;
  readonly reason: string;
  readonly status: DisputeStatus;
  readonly inquiry: boolean;
  /** until when the merchant can answer; null when it is over */
  readonly respondBy: string | null;
  readonly createdAt: string;
}

/** What one has besides that was asked for in Stripe's way. */
export interface StripeTerms {
  readonly metadata: Readonly<Record<string, string>>;
  readonly paymentMethod: string;
  /** where a customer is sent back to; null: who must act does so in the shop's own page */
  readonly returnUrl: string | null;
}

/** One authorisation as the provider keeps it. Amounts in the currency's minor unit. */
export interface Authorization {
  readonly id: string;
  /** what the merchant calls it: the order's id */
  readonly reference: string;
  readonly amount: number;
  readonly currency: string;
  readonly status: AuthorizationStatus;
  readonly capturedAmount: number;
  /** the sum of the refunds that are on their way or have arrived */
  readonly refundedAmount: number;
  /** why it was declined */
  readonly reason: string | null;
  /** where the customer says yes or no; null when nothing was ever asked of the customer */
  readonly redirectUrl: string | null;
  readonly createdAt: string;
  /** oldest first */
  readonly refunds: readonly Refund[];
  /** oldest first */
  readonly disputes: readonly Dispute[];
  /** null of one that was asked for in the simulator's own way */
  readonly stripe: StripeTerms | null;
}

/** The sum of the refunds that are on their way or have arrived: what failed, was cancelled or released does not count. */
export function sumOfRefunds(refunds: readonly Refund[]): number {
  return refunds
    .filter(({ by, status }) => by !== 'release' && (status === 'PENDING' || status === 'SUCCEEDED'))
    .reduce((sum, { amount }) => sum + amount, 0);
}
