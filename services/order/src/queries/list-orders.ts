import type { Order } from '@outrider/contracts';
import { listHorizon, stableTime, type SqlClient, type Transactor } from '@outrider/service-kit/database';
import {
  pageChangedOrders,
  pageOrders,
  type OrderFilter,
  type PageOfIds,
} from '../persistence/statements/page-orders.js';
import { readOrders } from '../persistence/statements/read-orders.js';
import { orderView } from './order-view.js';
import { storedOrder } from './stored-order.js';
import { customerOf, type Viewer } from './viewer.js';

/** The orders to list, of those that the viewer may see. */
export interface OrderQuery extends Omit<OrderFilter, 'customers'> {
  readonly customer?: string | undefined;
  /** those that have changed from then on, in the order of their changes */
  readonly updatedSince?: Date | undefined;
}

/**
 * A page of orders, newest first or in the order of their changes. An order is listed only when no transaction in flight
 * can still add one before it: so a client that follows the list misses none.
 */
export async function listOrders(
  transactor: Transactor,
  viewer: Viewer,
  query: OrderQuery,
): Promise<{ readonly data: readonly Order[]; readonly hasMore: boolean }> {
  const sql = transactor.read();
  const { ids, hasMore } = await page(sql, viewer, query);
  const orders = ids.length === 0 ? undefined : await readOrders(sql, ids, customerOf(viewer));
  const data = ids.flatMap((id) => {
    const read = orders?.get(id);
    return read === undefined ? [] : [orderView(storedOrder(read), viewer)];
  });
  return { data, hasMore };
}

async function page(sql: SqlClient, viewer: Viewer, query: OrderQuery): Promise<PageOfIds> {
  const { customer, updatedSince: since, ...filter } = query;
  const customers = [
    ...(customer === undefined ? [] : [customer]),
    ...(viewer.kind === 'admin' ? [] : [viewer.customerId]),
  ];
  if (since === undefined) return pageOrders(sql, { ...filter, customers }, await listHorizon(sql, 'orders'));
  return pageChangedOrders(sql, { ...filter, customers }, { since, stableAt: await stableTime(sql) });
}
