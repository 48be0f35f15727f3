import type { Adjustment } from '@outrider/contracts';
import type { OrderLine } from '../domain/accepted-order.js';

/** What a pricing policy may look at. */
export interface PricedOrder {
  readonly customerId: string;
  readonly currency: string;
  readonly reference: string | null;
  readonly lines: readonly OrderLine[];
}

/**
 * What counts into an order's total besides its lines: shipping, a voucher, a discount. Asked once, when the order is
 * accepted, inside its transaction: so it answers at once, from what it is given.
 */
export interface PricingPolicy {
  /** Amounts are signed, in the currency's minor unit; together with the lines they may not go below 0. */
  adjustmentsOf(order: PricedOrder): readonly Adjustment[];
}
