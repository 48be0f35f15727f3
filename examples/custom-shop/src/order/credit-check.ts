import type { CheckAnswer, CheckedOrder, OrderCheck } from '@outrider/order';

/** Of one currency, in minor units. */
export interface CreditTerms {
  /** orders below this are not checked */
  readonly checkedFrom: number;
  /** orders from this on wait for a person */
  readonly reviewedFrom: number;
  /** more than this is not delivered on one order */
  readonly most: number;
}

/**
 * Small orders are paid at once; large ones are looked at first, by a person where they are very large. A shop that asks
 * a credit agency does so here, with the signal that it is given: `ask` is called outside any transaction.
 */
export class CreditCheck implements OrderCheck {
  constructor(private readonly terms: Readonly<Record<string, CreditTerms>>) {}

  concerns({ order }: CheckedOrder): boolean {
    const terms = this.terms[order.currency];
    return terms !== undefined && order.total >= terms.checkedFrom;
  }

  async ask({ order: { total, currency } }: CheckedOrder): Promise<CheckAnswer> {
    const terms = this.terms[currency];
    if (terms === undefined) return { verdict: 'pass' };
    if (total > terms.most) {
      return { verdict: 'refuse', code: 'credit-limit', reason: `${total} of at most ${terms.most} ${currency}` };
    }
    return total >= terms.reviewedFrom ? { verdict: 'review', reason: 'a very large order' } : { verdict: 'pass' };
  }
}
