import type { Loaded } from '@mikro-orm/core';
import { agreedLines } from '../domain/paid-parts.js';
import { orderReason } from '../domain/reason.js';
import type { OrderRow } from '../persistence/entities/order.entity.js';
import type { StoredOrder } from './order-view.js';

/** What has to be read with an order to show it. */
export const ORDER_PARTS = ['lines', 'saga', 'disputes'] as const;

/** An order from its rows. */
export function storedOrder(row: Loaded<OrderRow, (typeof ORDER_PARTS)[number]>): StoredOrder {
  const { saga, id, customerId, currency, adjustments, total } = row;
  const lines = row.lines.getItems().map(({ productId, sku, name, quantity, unitPrice, adjustmentAmount = null }) => ({
    productId,
    sku,
    name,
    quantity,
    unitPrice,
    adjustmentAmount,
  }));
  return {
    order: {
      id,
      customerId,
      reference: row.reference ?? null,
      currency,
      adjustments,
      total,
      metadata: row.metadata ?? {},
    },
    lines: agreedLines(lines, adjustments, total),
    status: saga.status,
    saga: {
      refundedAmount: saga.refundedAmount,
      why: orderReason({ reason: saga.reason ?? null, detail: saga.reasonDetail ?? null }, saga.status),
      shortages: saga.shortages ?? [],
      action: saga.action ?? null,
      version: saga.version,
    },
    disputes: row.disputes
      .getItems()
      .map(({ disputeId, amount, withheldAmount, reason, respondBy, status, createdAt, updatedAt }) => ({
        disputeId,
        amount,
        withheldAmount,
        reason,
        respondBy: respondBy?.toISOString() ?? null,
        status,
        createdAt,
        updatedAt,
      })),
    createdAt: row.createdAt,
    updatedAt: saga.updatedAt,
  };
}
