import type { Order } from '@outrider/contracts';
import type { Transactor } from '@outrider/service-kit/database';
import { OrderEntity } from '../persistence/entities/order.entity.js';
import { orderView } from './order-view.js';
import { ORDER_PARTS, storedOrder } from './stored-order.js';
import { visibleTo, type Viewer } from './viewer.js';

/** One order; undefined when there is none, or none that the viewer may see. */
export async function getOrder(transactor: Transactor, viewer: Viewer, id: string): Promise<Order | undefined> {
  const row = await transactor.read().em.findOne(OrderEntity, { id, ...visibleTo(viewer) }, { populate: ORDER_PARTS });
  return row === null ? undefined : orderView(storedOrder(row), viewer);
}
