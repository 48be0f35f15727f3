import { z } from 'zod';
import { currencySchema, priceSchema } from '../money.js';
import { nameSchema, skuSchema, stockLevelSchema } from '../http/product-api.js';
import { productKeyed } from './define.js';

/** A product of the catalogue after a change. version grows by one with each change. */
const catalogFacts = {
  sku: skuSchema,
  name: nameSchema,
  price: priceSchema,
  currency: currencySchema,
  version: z.int().min(1),
};

/** product → inventory, order. */
export const catalogEventSchema = z.discriminatedUnion('eventType', [
  productKeyed('PRODUCT_REGISTERED', z.object({ ...catalogFacts, initialStock: stockLevelSchema })),
  productKeyed('PRICE_CHANGED', z.object(catalogFacts)),
  productKeyed('PRODUCT_RETIRED', z.object(catalogFacts)),
]);
