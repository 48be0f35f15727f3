import type { Loaded } from '@mikro-orm/core';
import type { Order } from '@outrider/contracts';
import { orderReason } from '../domain/reason.js';
import type { OrderRow } from '../persistence/entities/order.entity.js';
import { forAdmins, type Viewer } from './viewer.js';

/** What has to be read with an order to show it. */
export const ORDER_PARTS = ['lines', 'saga'] as const;

/** An order as it is shown to the viewer. */
export function orderView(row: Loaded<OrderRow, (typeof ORDER_PARTS)[number]>, viewer: Viewer): Order {
  const { saga } = row;
  const why = orderReason({ reason: saga.reason ?? null, detail: saga.reasonDetail ?? null }, saga.status);
  return {
    id: row.id,
    customerId: row.customerId,
    reference: row.reference ?? null,
    status: saga.status,
    lines: row.lines.getItems().map(({ productId, sku, name, quantity, unitPrice }) => ({
      productId,
      sku,
      name,
      quantity,
      unitPrice,
    })),
    adjustments: row.adjustments,
    total: row.total,
    refundedTotal: saga.refundedAmount,
    currency: row.currency,
    reason: why.code,
    ...forAdmins(viewer, { reasonDetail: why.detail }),
    shortages: saga.shortages ?? [],
    action: saga.action ?? null,
    version: saga.version,
    createdAt: row.createdAt.toISOString(),
    updatedAt: saga.updatedAt.toISOString(),
  };
}
