import type { OrderStatus, SentTypeOf } from '@outrider/contracts';
import type { Transaction } from '@outrider/service-kit/database';
import type { AcceptedOrder, OrderLine } from '../domain/accepted-order.js';

/** Tells the world what has become of an order. */
export function emitLifecycle(
  tx: Transaction,
  type: SentTypeOf<'order-lifecycle-event'>,
  order: AcceptedOrder,
  lines: readonly OrderLine[],
  now: { readonly status: OrderStatus; readonly refundedTotal: number },
): void {
  tx.emit('order-lifecycle-event', type, order.id, {
    customerId: order.customerId,
    ...(order.reference !== null && { reference: order.reference }),
    status: now.status,
    lines: lines.map(({ productId, sku, quantity, unitPrice }) => ({ productId, sku, quantity, unitPrice })),
    adjustments: [...order.adjustments],
    total: order.total,
    currency: order.currency,
    refundedTotal: now.refundedTotal,
  });
}
