import { LIMITS, type ProductQuantity, type RefundOrder } from '@outrider/contracts';
import type { AcceptedOrder, OrderLine } from './accepted-order.js';
import { sumOf } from './paid-parts.js';
import { sumByProduct } from './pieces.js';
import type { RefundShares } from './refund.js';
import { RefundableParts, type PastRefund } from './refundable-parts.js';
import { refundableAmount, type Saga } from './saga-state.js';

/** The state of an order when a refund is requested. */
export interface RefundedSoFar {
  readonly saga: Saga;
  readonly order: Pick<AcceptedOrder, 'adjustments' | 'total'>;
  readonly lines: readonly OrderLine[];
  readonly refunds: readonly PastRefund[];
  /** in which the provider moves money, in minor units: what parts are worth is a multiple of it */
  readonly step: number;
}

export type RefundPlan =
  | {
      readonly kind: 'planned';
      /** minor units; 0 when only pieces come back */
      readonly amount: number;
      /** the pieces it is for; null when it is for none */
      readonly lines: readonly ProductQuantity[] | null;
      /** null when it is for an amount that stands for no part */
      readonly shares: RefundShares | null;
    }
  | RefundRefusal;

interface RefundRefusal {
  readonly kind: 'refund-open' | 'not-refundable' | 'refund-too-large' | 'restock-needs-items';
  readonly detail: string;
  readonly extra?: Readonly<Record<string, unknown>>;
}

/**
 * What a refund comes to. Never more than was captured and not yet given back, whatever the parts are worth that it is
 * asked for; of no product more pieces than were bought and not yet refunded; of what stands beside the lines, shipping
 * above all, only what is asked for. Never a piece into stock that is there already.
 */
export function planRefund(asked: RefundOrder, { saga, order, lines, refunds, step }: RefundedSoFar): RefundPlan {
  if (saga.step === 'REFUNDING') return { kind: 'refund-open', detail: 'Wait until the current refund has ended' };
  const left = refundableAmount(saga);
  if (left === undefined) return { kind: 'not-refundable', detail: 'Only what was completed can be refunded' };
  const parts = new RefundableParts(order, lines, refunds, step);
  return 'items' in asked || 'adjustments' in asked ? partsOf(asked, parts, left) : amountOf(asked, parts, left);
}

function partsOf(
  asked: Extract<RefundOrder, { items: unknown } | { adjustments: unknown }>,
  parts: RefundableParts,
  left: number,
): RefundPlan {
  const wanted = sumByProduct('items' in asked ? asked.items : []);
  const kinds = new Set(('adjustments' in asked ? asked.adjustments : undefined) ?? []);
  const restock = 'restock' in asked && asked.restock === true;
  for (const [productId, quantity] of wanted) {
    const available = parts.piecesLeft(productId);
    if (quantity > available) return tooMany('left to refund', productId, available);
    const out = parts.piecesOut(productId);
    if (restock && quantity > out) return tooMany('not in stock again', productId, out);
  }
  for (const kind of kinds) {
    if (parts.besideLeft(kind) > 0) continue;
    const detail = 'Nothing is left to refund of adjustments of this kind; what applies to lines is part of the pieces';
    return { kind: 'refund-too-large', detail, extra: { adjustment: kind, left: 0 } };
  }
  const shares: RefundShares = {
    pieces: Object.fromEntries([...wanted].map(([id, pieces]) => [id, parts.worth(id, pieces)])),
    adjustments: Object.fromEntries([...kinds].map((kind) => [kind, parts.besideLeft(kind)])),
  };
  const worth = sumOf([...Object.values(shares.pieces), ...Object.values(shares.adjustments)]);
  const amount = 'amount' in asked ? asked.amount : worth;
  if (amount === 0 && !restock) {
    return { kind: 'not-refundable', detail: 'These pieces cost nothing: they can only be restocked' };
  }
  if (amount > left) return tooLarge(left);
  return { kind: 'planned', amount, lines: wanted.size === 0 ? null : linesOf(wanted), shares };
}

function amountOf(
  { amount, restock }: Extract<RefundOrder, { amount: number }> & { readonly restock?: boolean | undefined },
  parts: RefundableParts,
  left: number,
): RefundPlan {
  if (amount > left) return tooLarge(left);
  if (restock !== true) return { kind: 'planned', amount, lines: null, shares: null };
  if (amount < left) {
    return { kind: 'restock-needs-items', detail: 'An amount does not say which pieces come back: name the items' };
  }
  // all that is left: every piece that no refund was of and that is not in stock again
  const pieces = parts.products.map((id) => [id, Math.min(parts.piecesLeft(id), parts.piecesOut(id))] as const);
  const back = new Map(pieces.filter(([, quantity]) => quantity > 0));
  const shares: RefundShares = {
    pieces: Object.fromEntries([...back].map(([id, quantity]) => [id, parts.worth(id, quantity)])),
    adjustments: Object.fromEntries(parts.kinds.map((kind) => [kind, parts.besideLeft(kind)])),
  };
  return { kind: 'planned', amount, lines: linesOf(back), shares };
}

function tooMany(what: string, productId: string, left: number): RefundRefusal {
  return { kind: 'refund-too-large', detail: `Of this product ${left} are ${what}`, extra: { productId, left } };
}

function tooLarge(left: number): RefundRefusal {
  return { kind: 'refund-too-large', detail: `${left} are left to refund`, extra: { left } };
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
