import type { ProductConfig } from '../config.js';
import { DefaultPricePolicy } from './default-price-policy.js';
import type { PricePolicy } from './price-policy.js';

/** Every decision of product that shops differ in. A shop gives its own to productServiceWith(). */
export interface ProductPolicies {
  readonly price: PricePolicy;
}

/** What decides where a shop says nothing. */
export function defaultPolicies(config: ProductConfig): ProductPolicies {
  return { price: new DefaultPricePolicy(config.PAYMENT_PROVIDER) };
}
