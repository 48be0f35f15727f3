import { ProblemError, refuseUnmovable } from '@outrider/contracts';
import type { PricePolicy, ProposedPrice } from '@outrider/product';

/** Nothing is sold for more than this, in the currency's minor unit: it is a slip. Nor for what the provider cannot charge. */
export class HighestPrice implements PricePolicy {
  constructor(
    private readonly highest: number,
    private readonly provider: string,
  ) {}

  check({ price, currency }: ProposedPrice): void {
    refuseUnmovable(this.provider, price, currency);
    if (price > this.highest) {
      throw new ProblemError('amount-not-supported', `Nothing is sold for more than ${this.highest}`);
    }
  }
}
