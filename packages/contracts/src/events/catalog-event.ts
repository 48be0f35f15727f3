import { z } from 'zod';
import { currencySchema, priceSchema } from '../money.js';
import { nameSchema, skuSchema, stockLevelSchema } from '../http/product-api.js';
import { productKeyed } from './define.js';

/** A product after a change. `version` grows with each change, by one or, at a restatement, by more. */
const catalogFacts = {
  sku: skuSchema,
  name: nameSchema,
  price: priceSchema,
  currency: currencySchema,
  version: z.int().min(1),
};

const tea = { sku: 'TEA-1', name: 'Tea “Ж” 茶 🍵', price: 890, currency: 'EUR' };

/** product → inventory, order. */
export const catalogEventSchema = z.discriminatedUnion('eventType', [
  productKeyed('PRODUCT_REGISTERED', z.object({ ...catalogFacts, initialStock: stockLevelSchema }), {
    from: 'product',
    description: 'A product was registered, with its initial stock.',
    example: { ...tea, version: 1, initialStock: 12 },
  }),
  productKeyed('PRICE_CHANGED', z.object(catalogFacts), {
    from: 'product',
    description: 'The price or the name of a product has changed.',
    example: { ...tea, price: 990, version: 2 },
  }),
  productKeyed('PRODUCT_RETIRED', z.object(catalogFacts), {
    from: 'product',
    description: 'A product can no longer be ordered.',
    example: { ...tea, price: 990, version: 3 },
  }),
  productKeyed('PRODUCT_REINSTATED', z.object(catalogFacts), {
    from: 'product',
    description: 'A retired product can be ordered again.',
    example: { ...tea, price: 990, version: 4 },
  }),
]);
