import type { DisputeOutcome, ReasonCode } from '@outrider/contracts';
import type { RequiredAction } from './payment.js';

/** A refund as the provider has it. Amounts in the currency's minor unit. */
export interface ProviderRefund {
  /** the provider's id for it */
  readonly id: string;
  /** the id of our request, which the provider stores with it; null: it was made at the provider */
  readonly refundId: string | null;
  readonly amount: number;
  /** PENDING and SUCCEEDED count as refunded; a SUCCEEDED one may still fail, when the bank returns it */
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
  /** what the provider has withheld for it; 0 for an inquiry */
  readonly withheldAmount: number;
  readonly reason: string;
  readonly status: 'OPEN' | DisputeOutcome;
  /** UTC, ISO 8601; null: it cannot be answered, or not any more */
  readonly respondBy: string | null;
  readonly createdAt: string;
}

/**
 * A payment as the provider shows it. Amounts in the currency's minor unit. `refunds` and `disputes` are in any order; a
 * lookup shows all there are, another answer perhaps only some.
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
  /** declined, but open: with the client secret the customer can still try another card */
  readonly open?: true;
  /** present while the customer must act */
  readonly action?: RequiredAction;
}

/** Some of a payment's refunds and disputes, without the payment's own status. */
export interface ProviderPart {
  readonly reference: string;
  readonly status?: never;
  readonly refunds: readonly ProviderRefund[];
  readonly disputes: readonly ProviderDispute[];
  /**
   * a refund of as much as was authorised and not captured may be the release of that: the whole payment shows which it
   * is, the refund alone does not
   */
  readonly mayBeRelease?: true;
}

/** A provider's answer to an operation. */
export type ProviderAnswer =
  /** done, or an authorisation that was declined */
  | { readonly kind: 'record'; readonly record: ProviderRecord }
  /** a definite refusal, without effect; `record`: what a lookup after it has shown */
  | {
      readonly kind: 'refused';
      readonly reason: string;
      readonly code?: ReasonCode;
      readonly record?: ProviderRecord;
    }
  /** a time-out, a broken connection, an answer without meaning; `reached`: the request may have had its effect */
  | { readonly kind: 'unanswered'; readonly reached: boolean; readonly reason: string };

/** An entry of the provider's ledger: a payment as it stands now. Amounts in the currency's minor unit. */
export interface Charge {
  /** the provider's id for it */
  readonly providerPaymentId: string;
  readonly orderId: string;
  readonly status: ProviderRecord['status'];
  /** as requested when it was made */
  readonly amount: number;
  readonly capturedAmount: number;
  /** refunds that are pending or have succeeded */
  readonly refundedAmount: number;
  /** those that the list shows; there may be more */
  readonly refunds: readonly Pick<ProviderRefund, 'id' | 'status'>[];
  /** it is or was disputed */
  readonly disputed: boolean;
  readonly currency: string;
  readonly createdAt: Date;
}
