import { refundSchema, type Order } from '@outrider/contracts';
import { ApiError } from '../api/api-error.js';
import { call } from '../api/call.js';
import { forEach } from '../api/for-each.js';

export interface RefundOrders {
  readonly orderUrl: string;
  /** an admin's */
  readonly token: string;
  readonly orders: readonly Order[];
  /** whether pieces may go back into stock: not where refunds come back, for those pieces would be a difference */
  readonly restock: boolean;
  readonly signal: AbortSignal;
}

/** Every so many-th order that was sold is refunded, and no more than so many. */
const EVERY = 3;
const MOST = 200;
const AT_A_TIME = 4;

/**
 * Refunds some of the orders that were sold, as an admin does: some by amount, some by pieces, some with their pieces
 * going back into stock. One that is not possible any more, because money was refunded at the provider meanwhile, is
 * left out.
 *
 * @returns how many were asked for
 * @throws ApiError for any refusal but that
 */
export async function refundOrders(work: RefundOrders): Promise<number> {
  const sold = work.orders.filter(({ status, total }) => status === 'COMPLETED' && total > 1);
  const chosen = sold.filter((_, index) => index % EVERY === 0).slice(0, MOST);
  let made = 0;
  await forEach(chosen, AT_A_TIME, async (order, index) => {
    if (await refund(work, order, index)) made += 1;
  });
  return made;
}

async function refund(work: RefundOrders, order: Order, index: number): Promise<boolean> {
  const { orderUrl, token, signal } = work;
  try {
    await call({
      method: 'POST',
      url: `${orderUrl}/orders/${order.id}/refunds`,
      token,
      idempotencyKey: `refund-${order.id}`,
      body: asked(order, index, work.restock),
      answer: refundSchema,
      signal,
    });
    return true;
  } catch (error) {
    // 409: what was refunded at the provider meanwhile leaves too little
    if (error instanceof ApiError && error.status === 409) return false;
    throw error;
  }
}

function asked(order: Order, index: number, restock: boolean): object {
  const [line] = order.lines;
  if (index % 2 === 0 || line === undefined) {
    return { amount: Math.ceil(order.total / 2), reason: 'half as a gesture' };
  }
  const items = [{ productId: line.productId, quantity: 1 }];
  return { items, restock: restock && index % 4 === 1, reason: 'one piece was broken' };
}
