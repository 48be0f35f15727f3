// What a shop builds its own inventory service from.
export { inventoryServiceWith } from './inventory.module.js';
export type { InventoryConfig } from './config.js';
export type { OwnInventoryPolicies, InventoryPolicies } from './policies/inventory-policies.js';
export type { ReservationTimePolicy } from './policies/reservation-time-policy.js';
