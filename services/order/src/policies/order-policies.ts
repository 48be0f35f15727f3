import type { CancelPolicy } from './cancel-policy.js';
import { DefaultCancelPolicy } from './default-cancel-policy.js';
import { DefaultPricingPolicy } from './default-pricing-policy.js';
import type { PricingPolicy } from './pricing-policy.js';

/** Every decision of order that shops differ in. A shop gives its own to orderServiceWith(). */
export interface OrderPolicies {
  readonly pricing: PricingPolicy;
  readonly cancel: CancelPolicy;
}

/** What decides where a shop says nothing. */
export const defaultPolicies: OrderPolicies = {
  pricing: new DefaultPricingPolicy(),
  cancel: new DefaultCancelPolicy(),
};
