import type { ProductQuantity } from '@outrider/contracts';

/** Decides how long stock is kept for an order that is not confirmed. */
export interface ReservationTimePolicy {
  /** @returns milliseconds, more than 0 */
  keepFor(lines: readonly ProductQuantity[]): number;
  /**
   * How long it is kept at the most when the customer has longer to pay. Less than keepFor: it is never kept longer.
   * @returns milliseconds from when it was asked for
   */
  keepAtMost(lines: readonly ProductQuantity[]): number;
}
