import { z } from 'zod';
import { idSchema, timestampSchema } from '../ids.js';
import { currencySchema, priceSchema } from '../money.js';
import { pageOf, pageQuerySchema } from './page.js';
import { text } from './text.js';

export const skuSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/u, 'must be 1 to 64 of A-Z a-z 0-9 . _ -');
export const nameSchema = text(1, 200);

/** Pieces of a product in stock. */
export const stockLevelSchema = z.int().min(0).max(1_000_000_000);

export const registerProductSchema = z.strictObject({
  sku: skuSchema,
  name: nameSchema,
  price: priceSchema,
  currency: currencySchema,
  initialStock: stockLevelSchema.default(0),
});
export type RegisterProduct = z.infer<typeof registerProductSchema>;

export const changeProductSchema = z
  .strictObject({ name: nameSchema.optional(), price: priceSchema.optional() })
  .refine((body) => body.name !== undefined || body.price !== undefined, 'name or price must be given')
  .meta({ minProperties: 1 });

/** A product as anyone sees it; stock is null until the first stock fact has come. */
export const productSchema = z.object({
  id: idSchema,
  sku: skuSchema,
  name: nameSchema,
  price: priceSchema,
  currency: currencySchema,
  retired: z.boolean(),
  version: z.int().min(1),
  stock: z.int().min(0).nullable(),
  stockAsOf: timestampSchema.nullable(),
});
export type Product = z.infer<typeof productSchema>;

export const listProductsQuerySchema = pageQuerySchema.extend({
  /** up to 200 ids, separated by commas */
  ids: z
    .preprocess((value) => (typeof value === 'string' ? value.split(',') : null), z.array(idSchema).min(1).max(200))
    .optional()
    .meta({ param: { style: 'form', explode: false } }),
  sku: skuSchema.optional(),
});
export const productPageSchema = pageOf(productSchema);
