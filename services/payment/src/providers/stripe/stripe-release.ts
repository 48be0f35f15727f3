import { z } from 'zod';
import { REFUND_ID, type Refund } from './stripe-refunds.js';

const amount = z.int().min(0);

/** What is read of a charge to tell whether Stripe counts a release as refunded. */
export const releasingSchema = z.object({
  amount: amount.nullish(),
  amount_captured: amount.nullish(),
  amount_refunded: amount.default(0),
  balance_transaction: z.string().nullish(),
});
export type Releasing = z.infer<typeof releasingSchema>;

/** What is read of a balance transaction. */
export const balanceTransactionSchema = z.object({ amount: z.int(), currency: z.string() });

/** `certain` is false where a refund made by hand would look the same. */
export interface Release {
  readonly refund: Refund;
  readonly certain: boolean;
}

/** The reasons that people and programs may give a refund; one that Stripe makes by itself has none of them. */
const GIVEN_REASONS: ReadonlySet<string> = new Set(['duplicate', 'fraudulent', 'requested_by_customer']);

/**
 * The release of what was not captured, where Stripe made a refund of it: that was never captured, so nothing is given
 * back by it. Undefined: there is none.
 *
 * A capture in part by a version of Stripe's API before 2025-03-31 makes such a refund, and it counts in
 * `amount_refunded`; by a later version it does neither. At the dashboard the version is not ours, and nothing in charge
 * or refund says which it was, so it is told by the amounts: with a release more may be refunded than was captured, and
 * never less than the release. Between the two it is the first of all refunds, and bears no reason that somebody gave.
 * Source: Stripe's changelog of 2025-03-31, "Partially capturing or canceling payments no longer creates a Refund".
 *
 * @param refunds all of the charge, in Stripe's order: the newest first
 */
export function releaseOf(charge: Releasing | undefined, refunds: readonly Refund[]): Release | undefined {
  const { amount: authorised, amount_captured: captured, amount_refunded: counted = 0 } = charge ?? {};
  if (!authorised || !captured) return undefined;
  const rest = authorised - captured;
  if (rest <= 0 || counted < rest) return undefined;
  const oldestFirst = refunds.toReversed().toSorted((a, b) => a.created - b.created);
  if (counted > captured) {
    const refund = oldestFirst.find((one) => mayBe(one, rest));
    return refund && { refund, certain: true };
  }
  const [first] = oldestFirst;
  if (first === undefined || !mayBe(first, rest) || GIVEN_REASONS.has(first.reason ?? '')) return undefined;
  return { refund: first, certain: false };
}

/** Was less captured than was authorised, and may the charge's refunded amount contain the rest? */
export function mayContainRelease(charge: Releasing): boolean {
  const { amount: authorised, amount_captured: captured, amount_refunded: counted } = charge;
  return !!authorised && !!captured && captured < authorised && counted >= authorised - captured;
}

function mayBe({ amount: of, metadata, status }: Refund, rest: number): boolean {
  return of === rest && metadata[REFUND_ID] === undefined && status !== 'failed' && status !== 'canceled';
}
