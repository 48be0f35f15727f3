import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { Adjustment, OrderStatus, ProductQuantity } from '@outrider/contracts';
import type { Dispute } from '../../domain/ledger.js';
import type { RequiredAction } from '../../domain/saga-state.js';

/** An order, its lines and where it stands; for reading. Orders are written once, by insert-order. */
export const OrderEntity = defineEntity({
  name: 'Order',
  tableName: 'orders',
  properties: {
    id: p.uuid().primary(),
    customerId: p.string(),
    reference: p.string().nullable(),
    currency: p.string(),
    adjustments: p.json<Adjustment[]>(),
    total: p.bigint('number'),
    metadata: p.json<Record<string, string>>().nullable(),
    createdAt: p.datetime(),
    // given by the database
    position: p.bigint('number').persist(false),
    lines: () => p.oneToMany(OrderLineEntity).mappedBy('order').orderBy({ position: 'asc' }),
    saga: () => p.oneToOne(SagaEntity).mappedBy('order'),
    disputes: () => p.oneToMany(DisputeEntity).mappedBy('order').orderBy({ createdAt: 'asc', disputeId: 'asc' }),
  },
});

export const OrderLineEntity = defineEntity({
  name: 'OrderLine',
  tableName: 'order_line',
  properties: {
    order: () => p.manyToOne(OrderEntity).primary(),
    position: p.integer().primary(),
    productId: p.uuid(),
    sku: p.string(),
    name: p.string(),
    quantity: p.integer(),
    unitPrice: p.bigint('number'),
    adjustmentAmount: p.bigint('number').nullable(),
  },
});

/** What is shown of a saga. Sagas move set-wise only, by store-moves. */
export const SagaEntity = defineEntity({
  name: 'Saga',
  tableName: 'saga',
  properties: {
    order: () => p.oneToOne(OrderEntity).primary().owner(),
    status: p.string().$type<OrderStatus>(),
    refundedAmount: p.bigint('number'),
    reason: p.string().nullable(),
    reasonDetail: p.string().nullable(),
    shortages: p.json<ProductQuantity[]>().nullable(),
    action: p.json<RequiredAction>().nullable(),
    version: p.integer(),
    updatedAt: p.datetime(),
  },
});

/** What the customer disputes. Written by store-disputes. */
export const DisputeEntity = defineEntity({
  name: 'Dispute',
  tableName: 'dispute',
  properties: {
    order: () => p.manyToOne(OrderEntity).primary(),
    disputeId: p.string().primary(),
    amount: p.bigint('number'),
    withheldAmount: p.bigint('number'),
    reason: p.string(),
    respondBy: p.datetime().nullable(),
    status: p.string().$type<Dispute['status']>(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

export type OrderRow = InferEntity<typeof OrderEntity>;
