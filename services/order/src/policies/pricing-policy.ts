import type { Adjustment } from '@outrider/contracts';
import type { QuotedLine } from '../domain/accepted-order.js';

/** The order that a pricing policy prices. */
export interface PricedOrder {
  readonly customerId: string;
  readonly currency: string;
  readonly reference: string | null;
  readonly lines: readonly QuotedLine[];
}

/**
 * What an order costs besides its lines: shipping, a voucher, a discount. Called when the order is accepted, inside its
 * transaction, and again with earlier prices when the customer saw another total: so it must be synchronous, without
 * side effects, and return the same for the same order.
 *
 * Default: `DefaultPricingPolicy`, nothing. Example: `examples/custom-shop/src/order/flat-shipping.ts`. Bound by
 * `orderServiceWith({ pricing })`.
 */
export interface PricingPolicy {
  /**
   * Amounts are signed, in the currency's minor unit. A total never goes below 0: the
   * last negative adjustments are reduced by the rest.
   *
   * `appliesTo: 'lines'` changes what the pieces cost, each line in proportion to its value: a piece that is refunded
   * gives back what was paid for it. `appliesTo: 'order'` belongs to no line and is refunded only when a refund names its
   * kind, or by amount. Without it, adjustments of the kind `shipping` apply to the order and all others to
   * the lines.
   */
  adjustmentsOf(order: PricedOrder): readonly Adjustment[];
}
