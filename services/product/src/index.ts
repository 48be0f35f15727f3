// What a shop builds its own product service from.
export { productServiceWith } from './product.module.js';
export type { ProductConfig } from './config.js';
export type { PricePolicy, ProposedPrice } from './policies/price-policy.js';
export type { OwnProductPolicies, ProductPolicies } from './policies/product-policies.js';
