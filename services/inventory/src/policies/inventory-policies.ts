import type { InventoryConfig } from '../config.js';
import { DefaultReservationTimePolicy } from './default-reservation-time-policy.js';
import type { ReservationTimePolicy } from './reservation-time-policy.js';

/** Every decision of inventory that shops differ in. A shop gives its own to inventoryServiceWith(). */
export interface InventoryPolicies {
  readonly reservationTime: ReservationTimePolicy;
}

/** What decides where a shop says nothing. */
export function defaultPolicies(config: InventoryConfig): InventoryPolicies {
  return {
    reservationTime: new DefaultReservationTimePolicy(config.RESERVATION_EXPIRY_MS, config.RESERVATION_LONGEST_MS),
  };
}
