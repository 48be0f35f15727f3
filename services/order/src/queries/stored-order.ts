import { agreedLines } from '../domain/paid-parts.js';
import { orderReason } from '../domain/reason.js';
import type { ReadOrder } from '../persistence/statements/read-orders.js';
import type { StoredOrder } from './order-view.js';

/** An order from its rows. */
export function storedOrder({
  order,
  saga: { status, reason, reasonDetail, ...saga },
  ...parts
}: ReadOrder): StoredOrder {
  return {
    order,
    lines: agreedLines(parts.lines, order.adjustments, order.total),
    status,
    saga: { ...saga, why: orderReason({ reason, detail: reasonDetail }, status) },
    disputes: parts.disputes,
    createdAt: parts.createdAt,
    updatedAt: parts.updatedAt,
  };
}
