import type { Adjustment, Metadata } from '@outrider/contracts';
import { absentAs, bigint, defineTable, json, nullable, text, time, uuid } from '@outrider/service-kit/database';
import type { AcceptedOrder } from '../../domain/accepted-order.js';

/** An order as accepted; its row never changes. */
export const ORDERS = defineTable<AcceptedOrder>('orders', {
  id: uuid('id'),
  customerId: text('customer_id'),
  reference: nullable(text('reference')),
  currency: text('currency'),
  paymentMethod: text('payment_method'),
  adjustments: json<readonly Adjustment[]>('adjustments'),
  total: bigint('total'),
  metadata: absentAs(json<Metadata>('metadata'), {}, (metadata) => Object.keys(metadata).length === 0),
});

/** What is written with an order and not needed to carry it on. */
export const ORDER_ORIGINS = defineTable<{ readonly idempotencyKey: string; readonly createdAt: Date }>('orders', {
  idempotencyKey: text('idempotency_key'),
  createdAt: time('created_at'),
});
