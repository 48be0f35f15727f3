import { defaultPolicies, paymentServiceWith } from '@outrider/payment';

/** The payment service as this shop runs it. */
export const shopPaymentService = paymentServiceWith({
  providers: [...defaultPolicies.providers],
});
