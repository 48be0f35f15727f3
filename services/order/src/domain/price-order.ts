import { readAdjustments, type Adjustment } from '@outrider/contracts';
import type { OrderLine, QuotedLine } from './accepted-order.js';
import { allocate } from './paid-parts.js';

/** A pricing policy returned adjustments that cannot be charged: a bug of the policy, which the message explains. */
export class PricingPolicyError extends Error {
  readonly code = 'pricing-policy';
  override readonly name = 'PricingPolicyError';
}

/** What an order costs, and what each part of it. */
export interface PricedOrderTerms {
  readonly lines: readonly OrderLine[];
  /** as the policy returned them, but reduced where the total would be negative */
  readonly adjustments: readonly Adjustment[];
  /** minor units, ≥ 0 */
  readonly total: number;
}

/**
 * Prices the lines of an order with the adjustments of its pricing policy.
 * @param step in which the provider moves money, in minor units
 * @throws PricingPolicyError when that is no list of adjustments, or comes to more than can be charged
 */
export function priceOrder(lines: readonly QuotedLine[], answer: unknown, step = 1): PricedOrderTerms {
  const read = readAdjustments(answer);
  if (!read.ok) throw new PricingPolicyError(`the pricing policy's adjustments are malformed: ${read.problem}`);
  // -0 is 0
  const asked = read.adjustments.map((one) => ({ ...one, amount: one.amount + 0 }));
  const { adjustments, total } = withinTotal(lines, asked);
  return { lines: allocate(lines, adjustments, total, step), adjustments, total };
}

/** A total is never negative: adjustments that would make it so are reduced, the last one first. */
function withinTotal(
  lines: readonly QuotedLine[],
  asked: readonly Adjustment[],
): { readonly adjustments: readonly Adjustment[]; readonly total: number } {
  // sums of what is safe by itself need not be
  let total = 0n;
  for (const { quantity, unitPrice } of lines) total += BigInt(quantity) * BigInt(unitPrice);
  for (const { amount } of asked) total += BigInt(amount);
  const adjustments = [...asked];
  for (let index = adjustments.length - 1; index >= 0 && total < 0n; index -= 1) {
    const one = adjustments[index];
    if (one === undefined || one.amount >= 0) continue;
    const less = total < BigInt(one.amount) ? BigInt(one.amount) : total;
    adjustments[index] = { ...one, amount: one.amount - Number(less) };
    total -= less;
  }
  if (total > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new PricingPolicyError(`the pricing policy's adjustments make a total of ${total}, which cannot be charged`);
  }
  return { adjustments, total: Number(total) };
}
