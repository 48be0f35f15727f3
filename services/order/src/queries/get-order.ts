import type { Order } from '@outrider/contracts';
import type { Transactor } from '@outrider/service-kit/database';
import { readOrders } from '../persistence/statements/read-orders.js';
import { orderView } from './order-view.js';
import { storedOrder } from './stored-order.js';
import { customerOf, type Viewer } from './viewer.js';

/** One order; undefined when there is none, or none that the viewer may see. */
export async function getOrder(transactor: Transactor, viewer: Viewer, id: string): Promise<Order | undefined> {
  const read = (await readOrders(transactor.read(), [id], customerOf(viewer))).get(id);
  return read && orderView(storedOrder(read), viewer);
}
