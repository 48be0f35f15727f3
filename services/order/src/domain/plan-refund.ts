import { LIMITS, type ProductQuantity, type RefundOrder } from '@outrider/contracts';
import type { OrderLine } from './accepted-order.js';
import { sumByProduct } from './pieces.js';
import { refundableAmount, type Saga } from './saga-state.js';

/** What is known of an order when a refund of it is asked for. */
export interface RefundedSoFar {
  readonly saga: Saga;
  readonly lines: readonly OrderLine[];
  /** the pieces of the refunds that succeeded */
  readonly refunded: readonly ProductQuantity[];
}

export type RefundPlan =
  | {
      readonly kind: 'planned';
      /** minor units, > 0 */
      readonly amount: number;
      /** the pieces it is for; null when it is for an amount alone */
      readonly lines: readonly ProductQuantity[] | null;
    }
  | {
      readonly kind: 'refund-open' | 'not-refundable' | 'refund-too-large' | 'restock-needs-items';
      readonly detail: string;
      readonly extra?: Readonly<Record<string, unknown>>;
    };

/**
 * What a refund comes to. Never more than was captured and not yet given back, and of no product more pieces than were
 * bought and not yet refunded; a piece costs what it was bought for, whatever the order's adjustments.
 */
export function planRefund(asked: RefundOrder, { saga, lines, refunded }: RefundedSoFar): RefundPlan {
  if (saga.step === 'REFUNDING') return { kind: 'refund-open', detail: 'Wait until the refund before has ended' };
  const left = refundableAmount(saga);
  if (left === undefined) return { kind: 'not-refundable', detail: 'Only what was completed can be refunded' };
  const pieces = piecesLeft(lines, refunded);
  if ('items' in asked) {
    const wanted = sumByProduct(asked.items);
    for (const [productId, quantity] of wanted) {
      const available = pieces.get(productId) ?? 0;
      if (quantity > available) {
        const detail = `Of this product ${available} are left to refund`;
        return { kind: 'refund-too-large', detail, extra: { productId, left: available } };
      }
    }
    const amount = worth(wanted, lines);
    if (amount === 0) return { kind: 'not-refundable', detail: 'These pieces cost nothing' };
    return amount > left ? tooLarge(left) : { kind: 'planned', amount, lines: linesOf(wanted) };
  }
  const { amount } = asked;
  if (amount > left) return tooLarge(left);
  if (asked.restock !== true) return { kind: 'planned', amount, lines: null };
  if (amount < left) {
    return { kind: 'restock-needs-items', detail: 'A part of the money says nothing of pieces: name the items' };
  }
  return { kind: 'planned', amount, lines: linesOf(pieces) };
}

function tooLarge(left: number): RefundPlan {
  return { kind: 'refund-too-large', detail: `${left} are left to refund`, extra: { left } };
}

function piecesLeft(lines: readonly OrderLine[], refunded: readonly ProductQuantity[]): Map<string, number> {
  const left = sumByProduct(lines);
  for (const [productId, quantity] of sumByProduct(refunded))
    left.set(productId, (left.get(productId) ?? 0) - quantity);
  return left;
}

/** All lines of a product have one price: they were quoted together. */
function worth(pieces: ReadonlyMap<string, number>, lines: readonly OrderLine[]): number {
  const prices = new Map(lines.map(({ productId, unitPrice }) => [productId, unitPrice]));
  let amount = 0;
  for (const [productId, quantity] of pieces) amount += quantity * (prices.get(productId) ?? 0);
  return amount;
}

/** One line may say no more than LIMITS.quantity; there are never more lines than the order itself has. */
function linesOf(pieces: ReadonlyMap<string, number>): readonly ProductQuantity[] {
  return [...pieces].flatMap(([productId, all]) => {
    const lines: ProductQuantity[] = [];
    for (let left = all; left > 0; left -= LIMITS.quantity) {
      lines.push({ productId, quantity: Math.min(left, LIMITS.quantity) });
    }
    return lines;
  });
}
