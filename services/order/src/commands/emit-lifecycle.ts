import type { OrderStatus, PayloadOf, ProductQuantity, ReasonCode, SentEventOf } from '@outrider/contracts';
import type { Transaction } from '@outrider/service-kit/database';
import type { AcceptedOrder, OrderLine } from '../domain/accepted-order.js';
import type { Announcement } from '../domain/advance.js';
import { lineTotal } from '../domain/paid-parts.js';

/** The state of an order, for a lifecycle event. */
export interface OrderNow {
  readonly status: OrderStatus;
  /** minor units */
  readonly refundedTotal: number;
  /** why it failed, if it did */
  readonly reason?: ReasonCode | undefined;
  readonly shortages?: readonly ProductQuantity[];
  /** why the shop's own check refused it, if it did */
  readonly checkCode?: string | null;
}

/** What every lifecycle event says of its order. */
type OrderFacts = PayloadOf<'order-lifecycle-event', 'ORDER_PLACED'>;

/** Emits a lifecycle event of an order. */
export function emitLifecycle(
  tx: Transaction,
  announcement: Announcement,
  order: AcceptedOrder,
  lines: readonly OrderLine[],
  now: OrderNow,
): void {
  const facts: OrderFacts = {
    customerId: order.customerId,
    ...(order.reference !== null && { reference: order.reference }),
    status: now.status,
    lines: lines.map((line) => lineFacts(line)),
    adjustments: [...order.adjustments],
    total: order.total,
    currency: order.currency,
    refundedTotal: now.refundedTotal,
    ...(Object.keys(order.metadata).length > 0 && { metadata: order.metadata }),
  };
  tx.emit('order-lifecycle-event', order.id, eventOf(announcement, facts, now));
}

/** A type with the payload of this type: one that lacks what its type says does not compile. */
function eventOf(
  announcement: Announcement,
  facts: OrderFacts,
  { reason, shortages = [], checkCode = null }: OrderNow,
): SentEventOf<'order-lifecycle-event'> {
  const why = reason !== undefined && { reason };
  switch (announcement.type) {
    case 'ORDER_PLACED':
    case 'ORDER_COMPLETED':
      return { type: announcement.type, payload: facts };
    case 'ORDER_FAILED': {
      const short = shortages.length > 0 && { shortages: [...shortages] };
      return {
        type: announcement.type,
        payload: { ...facts, ...why, ...(checkCode !== null && { checkCode }), ...short },
      };
    }
    case 'ORDER_CANCELLED':
      return { type: announcement.type, payload: { ...facts, ...why } };
    case 'ORDER_REFUNDED': {
      const { type, ...besides } = announcement;
      return { type, payload: { ...facts, ...besides } };
    }
    case 'ORDER_REFUND_FAILED': {
      const { type, ...besides } = announcement;
      return { type, payload: { ...facts, ...besides } };
    }
    case 'ORDER_DISPUTED': {
      const { type, ...besides } = announcement;
      return { type, payload: { ...facts, ...besides } };
    }
    case 'ORDER_DISPUTE_CLOSED': {
      const { type, ...besides } = announcement;
      return { type, payload: { ...facts, ...besides } };
    }
  }
}

function lineFacts(line: OrderLine) {
  const { productId, sku, quantity, unitPrice, adjustmentAmount } = line;
  return { productId, sku, quantity, unitPrice, adjustmentAmount, total: lineTotal(line) };
}
