import { defaultPolicies, paymentServiceWith } from '@outrider/payment';
import { acmeBinding } from './acme-provider.js';
import { RefundsOnceADay } from './refunds-once-a-day.js';

/** The payment service as this shop runs it: PAYMENT_PROVIDER may also be acme. */
export const shopPaymentService = paymentServiceWith({
  providers: [...defaultPolicies.providers, acmeBinding],
  retry: (config) => new RefundsOnceADay(defaultPolicies.retry(config)),
});
