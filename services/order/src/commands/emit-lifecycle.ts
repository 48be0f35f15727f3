import type { OrderStatus, ProductQuantity, ReasonCode } from '@outrider/contracts';
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
}

/** Emits a lifecycle event of an order. */
export function emitLifecycle(
  tx: Transaction,
  { type, ...besides }: Announcement,
  order: AcceptedOrder,
  lines: readonly OrderLine[],
  now: OrderNow,
): void {
  const payload = {
    customerId: order.customerId,
    ...(order.reference !== null && { reference: order.reference }),
    status: now.status,
    lines: lines.map((line) => lineFacts(line)),
    adjustments: [...order.adjustments],
    total: order.total,
    currency: order.currency,
    refundedTotal: now.refundedTotal,
    ...(Object.keys(order.metadata).length > 0 && { metadata: order.metadata }),
    ...(now.reason !== undefined && { reason: now.reason }),
    ...(now.shortages !== undefined && now.shortages.length > 0 && { shortages: [...now.shortages] }),
    ...besides,
  };
  tx.emit('order-lifecycle-event', type, order.id, payload);
}

function lineFacts(line: OrderLine) {
  const { productId, sku, quantity, unitPrice, adjustmentAmount } = line;
  return { productId, sku, quantity, unitPrice, adjustmentAmount, total: lineTotal(line) };
}
