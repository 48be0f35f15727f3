import type { DisputeOutcome, ReasonCode } from '@outrider/contracts';
import type { RequiredAction } from './payment.js';

/** A refund as the provider has it. Amounts in the currency's minor unit. */
export interface ProviderRefund {
  /** what the provider calls it */
  readonly id: string;
  /** the id that it was asked for under, which the provider keeps with it; null: nobody here asked for it */
  readonly refundId: string | null;
  readonly amount: number;
  /** PENDING and SUCCEEDED count as refunded; one that SUCCEEDED may still fail, when the bank sends it back */
  readonly status: 'PENDING' | 'SUCCEEDED' | 'FAILED' | 'CANCELED';
  /** why it failed, in the provider's words; one line */
  readonly reason: string | null;
  /** UTC, ISO 8601 */
  readonly createdAt: string;
}

/** A dispute as the provider has it. Amounts in the currency's minor unit. */
export interface ProviderDispute {
  readonly id: string;
  readonly amount: number;
  /** what the provider has taken back for it; 0 for an inquiry */
  readonly withheldAmount: number;
  readonly reason: string;
  readonly status: 'OPEN' | DisputeOutcome;
  /** UTC, ISO 8601; null: nothing can be answered, or not any more */
  readonly respondBy: string | null;
  readonly createdAt: string;
}

/**
 * How a payment stands at the provider. Amounts in the currency's minor unit. `refunds` and `disputes` are those that the
 * answer at hand shows, in any order: all there are when it is a lookup.
 */
export interface ProviderRecord {
  readonly reference: string;
  readonly status: 'REQUIRES_ACTION' | 'AUTHORIZED' | 'DECLINED' | 'CAPTURED' | 'VOIDED';
  readonly capturedAmount: number;
  readonly refunds: readonly ProviderRefund[];
  readonly disputes: readonly ProviderDispute[];
  /** why it was declined, in the provider's words */
  readonly reason: string | null;
  /** why it was declined, as customers may see it */
  readonly code?: ReasonCode;
  /** declined, and not for good: whoever was told its secret may still try another card */
  readonly open?: true;
  /** there while the customer must act */
  readonly action?: RequiredAction;
}

/** Some of a payment's refunds and disputes, without how it stands as a whole. */
export interface ProviderPart {
  readonly reference: string;
  readonly status?: never;
  readonly refunds: readonly ProviderRefund[];
  readonly disputes: readonly ProviderDispute[];
}

/** What asking a provider for an operation came to. */
export type ProviderAnswer =
  /** done; a declined authorisation is one too */
  | { readonly kind: 'record'; readonly record: ProviderRecord }
  /** a definite no that had no effect; `record`: what the provider showed when it was looked up after that */
  | {
      readonly kind: 'refused';
      readonly reason: string;
      readonly code?: ReasonCode;
      readonly record?: ProviderRecord;
    }
  /** no answer, or none that says anything; `reached`: the request may have had its effect all the same */
  | { readonly kind: 'unanswered'; readonly reached: boolean; readonly reason: string };
