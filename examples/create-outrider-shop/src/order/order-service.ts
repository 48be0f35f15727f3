import { orderServiceWith } from '@outrider/order';

/** The order service as this shop runs it. */
export const shopOrderService = orderServiceWith({
  // what this shop decides differently
});
