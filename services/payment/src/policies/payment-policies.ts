import type { PaymentConfig } from '../config.js';
import type { ProviderBinding } from '../providers/provider-binding.js';
import { simulatorBinding } from '../providers/simulator-provider.js';
import { stripeBinding } from '../providers/stripe/stripe-provider.js';
import { DefaultRetryPolicy } from './default-retry-policy.js';
import type { RetryPolicy } from './retry-policy.js';

/** Every decision of payment that shops differ in. A shop gives its own to paymentServiceWith(). */
export interface PaymentPolicies {
  /**
   * The providers that PAYMENT_PROVIDER selects from; the first one is used when it is not set. Default: simulator and
   * stripe. Example: Acme Bank in docs/extending.md. Bound by `paymentServiceWith` (payment.module.ts).
   */
  readonly providers: readonly ProviderBinding[];
  /** How long to wait before the provider is asked again; see RetryPolicy. */
  readonly retry: (config: PaymentConfig) => RetryPolicy;
}

/** What decides where a shop gives nothing of its own. */
export const defaultPolicies: PaymentPolicies = {
  providers: [simulatorBinding, stripeBinding],
  retry: (config) =>
    new DefaultRetryPolicy({
      firstMs: config.PAYMENT_RETRY_FIRST_MS,
      longestMs: config.PAYMENT_RETRY_LONGEST_MS,
      slowLongestMs: config.PAYMENT_REFUND_RETRY_LONGEST_MS,
    }),
};
