import type { Refunds } from '@outrider/contracts';
import type { Transactor } from '@outrider/service-kit/database';
import { readRefunds } from '../persistence/statements/read-refunds.js';
import { refundView } from './refund-view.js';
import { customerOf, type Viewer } from './viewer.js';

/** The refunds of an order, in order; undefined when there is none, or none that the viewer may see. */
export async function getRefunds(transactor: Transactor, viewer: Viewer, id: string): Promise<Refunds | undefined> {
  const refunds = await readRefunds(transactor.read(), id, customerOf(viewer));
  return refunds && { orderId: id, data: refunds.map((refund) => refundView(refund, viewer)) };
}
