import type { Adjustment } from '@outrider/contracts';

/** A line as it was accepted; the price of one piece in minor units. */
export interface OrderLine {
  readonly productId: string;
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: number;
}

/** What was agreed with the customer, without the lines; never changes. */
export interface AcceptedOrder {
  readonly id: string;
  readonly customerId: string;
  readonly reference: string | null;
  readonly currency: string;
  /** the payment provider's token */
  readonly paymentMethod: string;
  readonly adjustments: readonly Adjustment[];
  /** minor units */
  readonly total: number;
}
