import type { PayloadOf } from '@outrider/contracts';
import type { CheckAnswer } from '@outrider/order';

/** Of one currency, in minor units. */
export interface CreditTerms {
  /** orders below this are not checked */
  readonly checkedFrom: number;
  /** orders from this on wait for a person */
  readonly reviewedFrom: number;
  /** more than this is not delivered on one order */
  readonly most: number;
}

export const CREDIT_TERMS: Readonly<Record<string, CreditTerms>> = {
  EUR: { checkedFrom: 20_000, reviewedFrom: 100_000, most: 500_000 },
};

/** What the shop makes of an order that it was asked about. */
export function decideOnCredit(
  { total, currency }: Pick<PayloadOf<'check-event', 'CHECK_REQUESTED'>, 'total' | 'currency'>,
  terms = CREDIT_TERMS,
): CheckAnswer {
  const own = terms[currency];
  if (own === undefined) return { verdict: 'pass' };
  if (total > own.most) {
    return { verdict: 'refuse', code: 'credit-limit', reason: `${total} of at most ${own.most} ${currency}` };
  }
  return total >= own.reviewedFrom ? { verdict: 'review', reason: 'a very large order' } : { verdict: 'pass' };
}
