import type { ProductQuantity } from '@outrider/contracts';

/** Decides how long stock is kept for an order that is not confirmed. */
export interface ReservationTimePolicy {
  /** @returns milliseconds, more than 0 */
  keepFor(lines: readonly ProductQuantity[]): number;
}
