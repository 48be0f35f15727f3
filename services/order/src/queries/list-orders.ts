import type { FilterQuery } from '@mikro-orm/core';
import type { Order, OrderStatus } from '@outrider/contracts';
import { listHorizon, type Transactor } from '@outrider/service-kit/database';
import { OrderEntity, type OrderRow } from '../persistence/entities/order.entity.js';
import { ORDER_PARTS, orderView } from './order-view.js';
import { visibleTo, type Viewer } from './viewer.js';

/** Which orders are wanted; those placed before `startingAfter`, if given. */
export interface OrderFilter {
  readonly status: OrderStatus | undefined;
  readonly reference: string | undefined;
  readonly limit: number;
  readonly startingAfter: string | undefined;
}

/**
 * A page of orders, the newest first. None is shown while one that would be older in the list may still be on its way, so
 * that whoever has seen an order, and asks for those after it, comes by every other.
 */
export async function listOrders(
  transactor: Transactor,
  viewer: Viewer,
  { status, reference, limit, startingAfter }: OrderFilter,
): Promise<{ readonly data: readonly Order[]; readonly hasMore: boolean }> {
  const { em, sql } = transactor.read();
  const horizon = await listHorizon(sql, 'orders');
  const where: FilterQuery<OrderRow> = {
    ...visibleTo(viewer),
    position: { $lt: horizon },
    ...(status !== undefined && { saga: { status } }),
    ...(reference !== undefined && { reference }),
    ...(startingAfter !== undefined && { id: { $lt: startingAfter } }),
  };
  // one more than asked for tells whether there are more; ids sort by time
  const rows = await em.find(OrderEntity, where, {
    populate: ORDER_PARTS,
    orderBy: { id: 'desc' },
    limit: limit + 1,
  });
  return { data: rows.slice(0, limit).map((row) => orderView(row, viewer)), hasMore: rows.length > limit };
}
