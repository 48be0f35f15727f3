import type { PricedOrder, PricingPolicy } from '@outrider/order';
import type { Adjustment } from '@outrider/contracts';

/** What shipping costs, in the currency's minor unit, and from which value of the goods on it costs nothing. */
export interface ShippingTerms {
  readonly fee: number;
  readonly freeFrom: number;
}

/** One fee for every order, whatever is in it. Where there are no terms for a currency, shipping is free. */
export class FlatShipping implements PricingPolicy {
  constructor(private readonly terms: Readonly<Record<string, ShippingTerms>>) {}

  adjustmentsOf({ currency, lines }: PricedOrder): readonly Adjustment[] {
    const terms = this.terms[currency];
    const goods = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
    if (terms === undefined || goods >= terms.freeFrom) return [];
    return [{ kind: 'shipping', label: 'Shipping', amount: terms.fee }];
  }
}
