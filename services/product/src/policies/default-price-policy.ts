import { refuseUnmovable } from '@outrider/contracts';
import type { PricePolicy, ProposedPrice } from './price-policy.js';

/** Every price that the payment provider can charge. */
export class DefaultPricePolicy implements PricePolicy {
  /** @param provider the setting PAYMENT_PROVIDER */
  constructor(private readonly provider: string) {}

  check({ price, currency }: ProposedPrice): void {
    refuseUnmovable(this.provider, price, currency);
  }
}
