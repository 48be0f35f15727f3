import type { Adjustment } from '@outrider/contracts';
import type { PricingPolicy } from './pricing-policy.js';

/** An order costs what its lines cost. */
export class DefaultPricingPolicy implements PricingPolicy {
  adjustmentsOf(): readonly Adjustment[] {
    return [];
  }
}
