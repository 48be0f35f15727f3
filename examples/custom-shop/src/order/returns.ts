import type { RefundableOrder, RefundPolicy } from '@outrider/order';

export interface ReturnTerms {
  /** from the day of the order on */
  readonly days: number;
  /** what the customer pays to send pieces back, in the currency's minor unit, by currency */
  readonly shipping: Readonly<Record<string, number>>;
}

const DAY_MS = 86_400_000;

/** Pieces come back within some days, and who sends them back pays for it. */
export class Returns implements RefundPolicy {
  constructor(private readonly terms: ReturnTerms) {}

  refusalOf({ placedAt, now }: RefundableOrder): string | undefined {
    const { days } = this.terms;
    if (now.getTime() - placedAt.getTime() <= days * DAY_MS) return undefined;
    return `Orders are refunded for ${days} days; this one is of ${placedAt.toISOString().slice(0, 10)}`;
  }

  deductionOf({ order, pieces, amount }: RefundableOrder): number {
    return pieces.length === 0 ? 0 : Math.min(amount, this.terms.shipping[order.currency] ?? 0);
  }
}
