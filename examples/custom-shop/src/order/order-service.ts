import { orderServiceWith } from '@outrider/order';
import { FlatShipping } from './flat-shipping.js';

/** The order service as this shop runs it: all of the core, and its own mind on prices. */
export const shopOrderService = orderServiceWith({
  pricing: new FlatShipping({ EUR: { fee: 490, freeFrom: 5_000 } }),
});
