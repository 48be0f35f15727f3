import type { CancelPolicy } from './cancel-policy.js';
import { DefaultCancelPolicy } from './default-cancel-policy.js';
import { DefaultPricingPolicy } from './default-pricing-policy.js';
import { DefaultRefundPolicy } from './default-refund-policy.js';
import type { OrderCheck } from './order-check.js';
import type { OrderFields } from './order-fields.js';
import type { PricingPolicy } from './pricing-policy.js';
import type { RefundPolicy } from './refund-policy.js';

/** The decisions of order that a shop may replace, by orderServiceWith(). */
export interface OrderPolicies {
  readonly pricing: PricingPolicy;
  readonly cancel: CancelPolicy;
  readonly refund: RefundPolicy;
  /** undefined: orders are paid without a check */
  readonly check: OrderCheck | undefined;
  /** undefined: metadata may have any entries */
  readonly fields: OrderFields | undefined;
}

/** The policies of a shop that replaces none. */
export const defaultPolicies: OrderPolicies = {
  pricing: new DefaultPricingPolicy(),
  cancel: new DefaultCancelPolicy(),
  refund: new DefaultRefundPolicy(),
  check: undefined,
  fields: undefined,
};
