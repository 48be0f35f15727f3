import type { ProductQuantity } from '@outrider/contracts';
import type { ReservationTimePolicy } from '@outrider/inventory';

/** In ms. */
export interface KeepingTerms {
  readonly usual: number;
  /** for orders of many pieces */
  readonly many: number;
  /** how many pieces are many */
  readonly from: number;
}

/** Who reserves many pieces has less time to pay for them, and gets no more of it by having to act. */
export class ShorterForMany implements ReservationTimePolicy {
  constructor(private readonly terms: KeepingTerms) {}

  keepFor(lines: readonly ProductQuantity[]): number {
    return this.#areMany(lines) ? this.terms.many : this.terms.usual;
  }

  keepAtMost(lines: readonly ProductQuantity[]): number {
    return this.#areMany(lines) ? this.terms.many : 2 * this.terms.usual;
  }

  #areMany(lines: readonly ProductQuantity[]): boolean {
    return lines.reduce((pieces, { quantity }) => pieces + quantity, 0) >= this.terms.from;
  }
}
