import type { Refunds } from '@outrider/contracts';
import type { Transactor } from '@outrider/service-kit/database';
import { OrderEntity } from '../persistence/entities/order.entity.js';
import { readRefunds } from '../persistence/statements/read-refunds.js';
import { refundView } from './refund-view.js';
import { visibleTo, type Viewer } from './viewer.js';

/** The refunds of an order, in order; undefined when there is none, or none that the viewer may see. */
export async function getRefunds(transactor: Transactor, viewer: Viewer, id: string): Promise<Refunds | undefined> {
  const { em, sql } = transactor.read();
  if ((await em.count(OrderEntity, { id, ...visibleTo(viewer) })) === 0) return undefined;
  const refunds = await readRefunds(sql, id);
  return { orderId: id, data: refunds.map((refund) => refundView(refund, viewer)) };
}
