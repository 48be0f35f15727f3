import type { ProductQuantity, RefundStatus } from '@outrider/contracts';
import type { AcceptedOrder, OrderLine } from './accepted-order.js';
import { paidBesideLines, paidForProducts, sumOf, worthOfFirst } from './paid-parts.js';
import { sumByProduct } from './pieces.js';
import type { RefundShares } from './refund.js';

/** A refund of before. */
export interface PastRefund {
  readonly status: RefundStatus;
  readonly lines?: readonly ProductQuantity[] | undefined;
  /** its pieces are in stock, whatever became of its money */
  readonly restocked: boolean;
  /** null: it stood for no part, or it is from before that was kept */
  readonly shares: RefundShares | null;
}

/**
 * What of an order can still be refunded, part by part. Pieces are refunded for what was paid for them: the first n of N
 * for n/N of it, rounded down to what the provider can move, so that all together are exactly what was paid for all, in whatever portions. Pieces of a
 * refund that failed can be refunded again; where they are in stock, they stay there.
 */
export class RefundableParts {
  readonly #products: ReturnType<typeof paidForProducts>;
  readonly #beside: ReadonlyMap<string, number>;
  readonly #prices: ReadonlyMap<string, number>;
  readonly #refunded: ReadonlyMap<string, number>;
  readonly #inStock: ReadonlyMap<string, number>;

  constructor(
    { adjustments, total }: Pick<AcceptedOrder, 'adjustments' | 'total'>,
    lines: readonly OrderLine[],
    private readonly refunds: readonly PastRefund[],
    /** in which the provider moves money, in minor units */
    private readonly step: number,
  ) {
    this.#products = paidForProducts(lines);
    this.#beside = paidBesideLines(lines, adjustments, total, step);
    this.#prices = new Map(lines.map(({ productId, unitPrice }) => [productId, unitPrice]));
    this.#refunded = piecesOf(refunds.filter(({ status }) => status === 'SUCCEEDED'));
    this.#inStock = piecesOf(refunds.filter(({ restocked }) => restocked));
  }

  get products(): readonly string[] {
    return [...this.#products.keys()];
  }

  get kinds(): readonly string[] {
    return [...this.#beside.keys()];
  }

  /** How many pieces of a product no refund was of. */
  piecesLeft(productId: string): number {
    return (this.#products.get(productId)?.quantity ?? 0) - (this.#refunded.get(productId) ?? 0);
  }

  /** How many pieces of a product have not come back into stock. */
  piecesOut(productId: string): number {
    return (this.#products.get(productId)?.quantity ?? 0) - (this.#inStock.get(productId) ?? 0);
  }

  /** What the next so many pieces of a product give back; minor units. */
  worth(productId: string, pieces: number): number {
    const { quantity, paid } = this.#products.get(productId) ?? { quantity: 1, paid: 0 };
    const before = this.#refunded.get(productId) ?? 0;
    return Math.max(0, worthOfFirst(before + pieces, quantity, paid, this.step) - this.#given(productId));
  }

  /** What is left of what was paid for adjustments of a kind beside the lines; minor units. */
  besideLeft(kind: string): number {
    const given = sumOf(this.#succeeded().map(({ shares }) => shares?.adjustments[kind] ?? 0));
    return Math.max(0, (this.#beside.get(kind) ?? 0) - given);
  }

  #given(productId: string): number {
    const price = this.#prices.get(productId) ?? 0;
    return sumOf(
      this.#succeeded().map(({ shares, lines = [] }) =>
        // before shares were kept, a piece gave back its price, whatever the order's adjustments
        shares === null ? price * (sumByProduct(lines).get(productId) ?? 0) : (shares.pieces[productId] ?? 0),
      ),
    );
  }

  #succeeded(): readonly PastRefund[] {
    return this.refunds.filter(({ status }) => status === 'SUCCEEDED');
  }
}

function piecesOf(refunds: readonly PastRefund[]): ReadonlyMap<string, number> {
  return sumByProduct(refunds.flatMap(({ lines = [] }) => lines));
}
