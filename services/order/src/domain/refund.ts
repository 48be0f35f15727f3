import type { Metadata, ProductQuantity } from '@outrider/contracts';

/** A refund under way, as its order's saga carries it. */
export interface OpenRefund {
  readonly refundId: string;
  /** minor units: what payment is asked to refund, and from its answer on what it refunded; 0: only pieces come back */
  readonly amount: number;
  /** what goes back into stock once the money is refunded; may be empty */
  readonly restock: readonly ProductQuantity[];
  /** absent in refunds that an earlier version began */
  readonly metadata?: Metadata;
  /** why the money was returned, if it was while the pieces are being restocked */
  readonly returned?: string;
}

/** What a refund gives back of each product and of each kind of adjustment beside the lines; minor units. */
export interface RefundShares {
  readonly pieces: Readonly<Record<string, number>>;
  readonly adjustments: Readonly<Record<string, number>>;
}

/** A refund that the shop made, as lifecycle events show it. */
export function publishedRefund({
  refundId,
  amount,
  metadata = {},
}: Pick<OpenRefund, 'refundId' | 'amount' | 'metadata'>) {
  return { refundId, amount, by: 'shop' as const, ...(Object.keys(metadata).length > 0 && { metadata }) };
}
