import type { Loaded } from '@mikro-orm/core';
import type { Order } from '@outrider/contracts';
import { agreedLines, lineTotal } from '../domain/paid-parts.js';
import { orderReason } from '../domain/reason.js';
import type { OrderRow } from '../persistence/entities/order.entity.js';
import { forAdmins, type Viewer } from './viewer.js';

/** What has to be read with an order to show it. */
export const ORDER_PARTS = ['lines', 'saga', 'disputes'] as const;

/** An order as it is shown to the viewer. */
export function orderView(row: Loaded<OrderRow, (typeof ORDER_PARTS)[number]>, viewer: Viewer): Order {
  const { saga } = row;
  const why = orderReason({ reason: saga.reason ?? null, detail: saga.reasonDetail ?? null }, saga.status);
  return {
    id: row.id,
    customerId: row.customerId,
    reference: row.reference ?? null,
    status: saga.status,
    lines: linesOf(row),
    adjustments: row.adjustments,
    total: row.total,
    refundedTotal: saga.refundedAmount,
    currency: row.currency,
    reason: why.code,
    ...forAdmins(viewer, { reasonDetail: why.detail }),
    shortages: saga.shortages ?? [],
    metadata: row.metadata ?? {},
    disputes: row.disputes
      .getItems()
      .map(({ disputeId, reason, amount, withheldAmount, respondBy, status, ...times }) => ({
        ...forAdmins(viewer, { disputeId, reason }),
        amount,
        withheldAmount,
        respondBy: respondBy?.toISOString() ?? null,
        status,
        createdAt: times.createdAt.toISOString(),
        updatedAt: times.updatedAt.toISOString(),
      })),
    action: saga.action ?? null,
    version: saga.version,
    createdAt: row.createdAt.toISOString(),
    updatedAt: saga.updatedAt.toISOString(),
  };
}

function linesOf({ lines, adjustments, total }: Loaded<OrderRow, 'lines'>): Order['lines'] {
  const stored = lines.getItems().map(({ productId, sku, name, quantity, unitPrice, adjustmentAmount = null }) => ({
    productId,
    sku,
    name,
    quantity,
    unitPrice,
    adjustmentAmount,
  }));
  return agreedLines(stored, adjustments, total).map((line) => ({ ...line, total: lineTotal(line) }));
}
