import type { ProductConfig } from '../config.js';
import { DefaultPricePolicy } from './default-price-policy.js';
import type { PricePolicy } from './price-policy.js';

/** Every decision of product that shops differ in. A shop gives its own to productServiceWith(). */
export interface ProductPolicies {
  readonly price: PricePolicy;
}

/** A shop's own policies; those left out are the defaults. A function of the service's settings, where they depend on them. */
export type OwnProductPolicies = Partial<ProductPolicies> | ((config: ProductConfig) => Partial<ProductPolicies>);

/** What decides: the shop's own, and the defaults where it has none. */
export function policiesOf(own: OwnProductPolicies, config: ProductConfig): ProductPolicies {
  return { ...defaultPolicies(config), ...(typeof own === 'function' ? own(config) : own) };
}

function defaultPolicies(config: ProductConfig): ProductPolicies {
  return { price: new DefaultPricePolicy(config.PAYMENT_PROVIDER) };
}
