import { orderSchema, type Order } from '@outrider/contracts';
import { call } from '../api/call.js';
import { CURRENCY } from './currency.js';
import { totalOf, type FileOrder } from './order-line.js';

export interface PlaceOrder {
  readonly orderUrl: string;
  readonly token: string;
  readonly order: FileOrder;
  readonly productIds: ReadonlyMap<string, string>;
  /** whether it must cost what the file's lines come to */
  readonly expectTotal: boolean;
  readonly signal: AbortSignal;
}

/**
 * Places an order of a file. Its name in the file is its Idempotency-Key: placed again, by the same customer, it is
 * the same order.
 *
 * @returns the order, and whether it had been placed before
 * @throws ApiError
 */
export async function placeOrder(work: PlaceOrder): Promise<{ readonly order: Order; readonly before: boolean }> {
  const { order } = work;
  const { body, replayed } = await call({
    method: 'POST',
    url: `${work.orderUrl}/orders`,
    token: work.token,
    idempotencyKey: encodeURIComponent(order.orderId),
    body: {
      items: order.lines.map(({ sku, quantity }) => ({ productId: work.productIds.get(sku), quantity })),
      currency: CURRENCY,
      paymentMethod: 'pm_card_visa',
      ...(work.expectTotal && { expectedTotal: totalOf(order) }),
      reference: order.orderId,
    },
    answer: orderSchema,
    signal: work.signal,
  });
  return { order: body, before: replayed };
}
