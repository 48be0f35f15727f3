import type { PayloadOf } from '@outrider/contracts';

type FactType =
  | 'PAYMENT_REFUND_RETURNED'
  | 'PAYMENT_PROVIDER_REFUNDED'
  | 'PAYMENT_PROVIDER_REFUND_RETURNED'
  | 'PAYMENT_PROVIDER_CAPTURED'
  | 'PAYMENT_PROVIDER_VOIDED'
  | 'PAYMENT_DISPUTED'
  | 'PAYMENT_DISPUTE_CLOSED';

/** What happened at the provider without a command of order's, or after its answer: sent to order once. */
export type ProviderFact = {
  [N in FactType]: { readonly type: N; readonly payload: PayloadOf<'order-event', N> };
}[FactType];
