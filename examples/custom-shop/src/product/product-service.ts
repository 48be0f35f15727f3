import { productServiceWith } from '@outrider/product';
import { HighestPrice } from './highest-price.js';

/** The product service as this shop runs it: a price of more than 1,000 is a slip. */
export const shopProductService = productServiceWith(({ PAYMENT_PROVIDER }) => ({
  price: new HighestPrice(100_000, PAYMENT_PROVIDER),
}));
