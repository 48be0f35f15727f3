import type { Adjustment } from '@outrider/contracts';
import type { QuotedLine } from '../domain/accepted-order.js';

/** What a pricing policy may look at. */
export interface PricedOrder {
  readonly customerId: string;
  readonly currency: string;
  readonly reference: string | null;
  readonly lines: readonly QuotedLine[];
}

/**
 * What counts into an order's total besides its lines: shipping, a voucher, a discount. Asked when the order is
 * accepted, inside its transaction, and again for prices of before when the customer saw another total: so it answers at
 * once, from what it is given, the same for the same.
 */
export interface PricingPolicy {
  /**
   * Amounts are signed, in the currency's minor unit. More than an order costs is not taken off: its total is then 0,
   * and the last of the adjustments that are negative says how much less it took.
   *
   * `appliesTo: 'lines'` changes what the pieces cost, each line in proportion to its value: a piece that is refunded
   * gives back what was paid for it. `appliesTo: 'order'` stands beside the lines and is refunded only when it is asked
   * for by its kind, or by amount. Without it, adjustments of the kind `shipping` apply to the order and all others to
   * the lines.
   */
  adjustmentsOf(order: PricedOrder): readonly Adjustment[];
}
