// What a shop builds its own order service from; see examples/custom-shop.
export { orderServiceWith } from './order.module.js';
export type { OrderConfig } from './config.js';
export type { AcceptedOrder, OrderLine } from './domain/accepted-order.js';
export { defaultPolicies } from './policies/order-policies.js';
export { OrderCheckError, type CheckAnswer, type CheckedOrder, type OrderCheck } from './policies/order-check.js';
export type { OrderFields } from './policies/order-fields.js';
export type { RefundableOrder, RefundPolicy } from './policies/refund-policy.js';
export type { CancelPolicy, CancellableOrder } from './policies/cancel-policy.js';
export type { OrderPolicies } from './policies/order-policies.js';
export type { PricedOrder, PricingPolicy } from './policies/pricing-policy.js';
