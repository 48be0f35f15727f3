import { z } from 'zod';
import { movedCurrencySchema } from '../currencies.js';
import { idSchema, timestampSchema } from '../ids.js';
import { currencySchema, priceSchema } from '../money.js';
import { EXAMPLE, withExamples } from './examples.js';
import { pageOf, pageQuerySchema } from './page.js';
import { label, text } from './text.js';

export const skuSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/u, 'must be 1 to 64 of A-Z a-z 0-9 . _ -');
/** A product’s name. */
export const nameSchema = text(1, 200);
const newNameSchema = label(1, 200);

/** Pieces of a product in stock. */
export const stockLevelSchema = z.int().min(0).max(1_000_000_000);

/** A product’s id in a path. */
export const productIdSchema = idSchema.meta({ description: 'The product’s id', examples: [EXAMPLE.productId] });

const registrationShape = z.strictObject({
  sku: skuSchema,
  name: newNameSchema,
  price: priceSchema.describe('Of one piece, in minor units'),
  currency: movedCurrencySchema,
  initialStock: stockLevelSchema.default(0).describe('Pieces on hand at first'),
});
export const registerProductSchema = withExamples(registrationShape, {
  'with-stock': { ...EXAMPLE.tea, initialStock: 12 },
  'without-stock': EXAMPLE.cup,
});
export type RegisterProduct = z.infer<typeof registerProductSchema>;

const changeShape = z
  .strictObject({
    name: newNameSchema.optional(),
    price: priceSchema.optional(),
    retired: z.literal(false).optional().describe('Brings a retired product back into sale'),
  })
  .refine((body) => Object.values(body).some((value) => value !== undefined), 'name, price or retired must be given')
  .meta({ minProperties: 1 });
export const changeProductSchema = withExamples(changeShape, {
  price: { price: 990 },
  both: { name: 'Sencha, first flush, 100 g', price: 1_290 },
  'back-into-sale': { retired: false },
});

/** A product as the public API shows it. */
const productShape = z.object({
  id: idSchema,
  sku: skuSchema,
  name: nameSchema,
  price: priceSchema.describe('Of one piece, in minor units'),
  currency: currencySchema,
  retired: z.boolean().describe('Not sold any more'),
  version: z.int().min(1).describe('Grows with each change; the ETag'),
  stock: z.int().min(0).nullable().describe('Pieces that can be ordered; null until the first stock fact has arrived'),
  stockAsOf: timestampSchema.nullable().describe('When that was so'),
});

const registered = {
  id: EXAMPLE.productId,
  ...EXAMPLE.tea,
  retired: false,
  version: 1,
  stock: null,
  stockAsOf: null,
};
const inStock = { ...registered, stock: 12, stockAsOf: EXAMPLE.occurredAt };
export const productSchema = withExamples(productShape, { 'in-stock': inStock, 'no-stock-known-yet': registered });
/** A product as it is answered when it was registered, and when it was changed. */
export const registeredProductSchema = withExamples(productShape, { registered });
export const changedProductSchema = withExamples(productShape, { changed: { ...inStock, price: 990, version: 2 } });
export type Product = z.infer<typeof productSchema>;

export const listProductsQuerySchema = pageQuerySchema.extend({
  ids: z
    .preprocess((value) => (typeof value === 'string' ? value.split(',') : null), z.array(idSchema).min(1).max(200))
    .optional()
    .meta({
      description: 'Only these: up to 200 ids, separated by commas. Unknown ones are left out',
      examples: [[EXAMPLE.productId, EXAMPLE.otherProductId]],
      param: { style: 'form', explode: false },
    }),
  sku: skuSchema.optional().meta({
    description: 'Only products with this sku: the one that is sold, if any, and retired ones',
    examples: [EXAMPLE.tea.sku],
  }),
  retired: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional()
    .meta({ description: 'false: no retired products; true: only retired products', examples: ['false'] }),
});
export const productPageSchema = withExamples(pageOf(productShape), {
  page: {
    data: [inStock, { ...registered, id: EXAMPLE.otherProductId, ...EXAMPLE.cup, retired: true, version: 2 }],
    has_more: true,
  },
  none: { data: [], has_more: false },
});
