import type { ProductQuantity } from '@outrider/contracts';
import type { AcceptedOrder, OrderLine } from '../domain/accepted-order.js';

/** A refund that is asked for, and can be made: the pieces are there, and the money is left. */
export interface RefundableOrder {
  readonly order: AcceptedOrder;
  readonly lines: readonly OrderLine[];
  /** the pieces it is for; empty where it is for an amount or for adjustments alone */
  readonly pieces: readonly ProductQuantity[];
  /** what is asked for, in minor units: an amount, or what was paid for the pieces and adjustments */
  readonly amount: number;
  readonly placedAt: Date;
  /** the database's time */
  readonly now: Date;
}

/**
 * Whether an order is refunded, and what the shop keeps of it. It can only narrow what the order allows: never more than
 * was paid is given back. Called inside the transaction that holds the order's lock: so it must be synchronous.
 *
 * Default: `DefaultRefundPolicy`, everything that was paid, at any time. Example: `examples/custom-shop/src/order/returns.ts`, a
 * time limit, and return shipping that the customer pays. Bound by `orderServiceWith({ refund })`.
 */
export interface RefundPolicy {
  /** why it is not refunded, for the caller to read; undefined: it is */
  refusalOf(refundable: RefundableOrder): string | undefined;
  /**
   * What is kept of a refund of pieces or adjustments, in minor units: 0 up to its amount. Not asked where the caller
   * names an amount.
   */
  deductionOf(refundable: RefundableOrder): number;
}

/** The policy's answer is none: a bug of the policy. The order is not refunded. */
export class RefundPolicyError extends Error {
  override readonly name = 'RefundPolicyError';
}

/** @throws RefundPolicyError when the policy keeps what is no whole part of the amount */
export function keptOf(policy: RefundPolicy, refundable: RefundableOrder): number {
  const kept = policy.deductionOf(refundable);
  if (Number.isSafeInteger(kept) && kept >= 0 && kept <= refundable.amount) return kept;
  throw new RefundPolicyError(`the refund policy keeps ${kept} of ${refundable.amount}: not a whole part of it`);
}
