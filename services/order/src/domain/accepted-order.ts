import type { Adjustment, Metadata } from '@outrider/contracts';

/** A line at the catalogue's price; of one piece, in minor units. */
export interface QuotedLine {
  readonly productId: string;
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: number;
}

/** A line as it was accepted. */
export interface OrderLine extends QuotedLine {
  /** its part of the adjustments that apply to lines; signed minor units */
  readonly adjustmentAmount: number;
}

/** An order as accepted, without its lines; never changes. */
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
  readonly metadata: Metadata;
}
