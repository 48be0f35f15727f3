import type { RequiredAction } from './payment.js';

/** How a payment stands at the provider. Amounts in the currency's minor unit. */
export interface ProviderRecord {
  readonly reference: string;
  readonly status:
    | 'REQUIRES_ACTION'
    | 'AUTHORIZED'
    | 'DECLINED'
    | 'CAPTURED'
    | 'VOIDED'
    | 'PARTIALLY_REFUNDED'
    | 'REFUNDED';
  readonly capturedAmount: number;
  readonly refundedAmount: number;
  /** why it was declined */
  readonly reason: string | null;
  /** declined, and not for good: whoever was told its secret may still try another card */
  readonly open?: true;
  /** there while the customer must act */
  readonly action?: RequiredAction;
}

/** What asking a provider for an operation came to. */
export type ProviderAnswer =
  /** done; a declined authorisation is one too */
  | { readonly kind: 'record'; readonly record: ProviderRecord }
  /** a definite no that had no effect; `record`: what the provider showed when it was looked up after that */
  | { readonly kind: 'refused'; readonly reason: string; readonly record?: ProviderRecord }
  /** no answer, or none that says anything; `reached`: the request may have had its effect all the same */
  | { readonly kind: 'unanswered'; readonly reached: boolean; readonly reason: string };
