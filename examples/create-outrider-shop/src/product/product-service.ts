import { productServiceWith } from '@outrider/product';

/** The product service as this shop runs it. */
export const shopProductService = productServiceWith({});
