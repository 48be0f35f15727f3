import type { ProductQuantity } from '@outrider/contracts';

/** A refund under way, as its order's saga carries it. */
export interface OpenRefund {
  readonly refundId: string;
  /** minor units, > 0 */
  readonly amount: number;
  /** what goes back into stock once the money is given back; may be nothing */
  readonly restock: readonly ProductQuantity[];
}
