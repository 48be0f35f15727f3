import type { InventoryConfig } from '../config.js';
import { DefaultReservationTimePolicy } from './default-reservation-time-policy.js';
import type { ReservationTimePolicy } from './reservation-time-policy.js';

/** Every decision of inventory that shops differ in. A shop gives its own to inventoryServiceWith(). */
export interface InventoryPolicies {
  readonly reservationTime: ReservationTimePolicy;
}

/** A shop's own policies; those left out are the defaults. A function of the service's settings, where they depend on them. */
export type OwnInventoryPolicies =
  | Partial<InventoryPolicies>
  | ((config: InventoryConfig) => Partial<InventoryPolicies>);

/** What decides: the shop's own, and the defaults where it has none. */
export function policiesOf(own: OwnInventoryPolicies, config: InventoryConfig): InventoryPolicies {
  return { ...defaultPolicies(config), ...(typeof own === 'function' ? own(config) : own) };
}

function defaultPolicies(config: InventoryConfig): InventoryPolicies {
  return {
    reservationTime: new DefaultReservationTimePolicy(config.RESERVATION_EXPIRY_MS, config.RESERVATION_LONGEST_MS),
  };
}
