import type { ProductQuantity } from '@outrider/contracts';

/**
 * Decides how long stock is kept for an order that is not confirmed.
 *
 * Default: DefaultReservationTimePolicy, the same for every order, by RESERVATION_EXPIRY_MS and RESERVATION_LONGEST_MS.
 * Example: a shop that keeps a scarce product for five minutes only. Bound in inventory.module.ts; a shop gives its own
 * to inventoryServiceWith({ reservationTime }). Asked inside the transaction that reserves: it answers at once.
 */
export interface ReservationTimePolicy {
  /** @returns milliseconds, more than 0 */
  keepFor(lines: readonly ProductQuantity[]): number;
  /**
   * How long it is kept at the most when the customer has longer to pay. Less than keepFor: it is never kept longer.
   * @returns milliseconds from when it was asked for
   */
  keepAtMost(lines: readonly ProductQuantity[]): number;
}
