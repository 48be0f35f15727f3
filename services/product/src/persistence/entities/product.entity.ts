import { defineEntity, p, type InferEntity } from '@mikro-orm/core';

/** The catalogue's row of a product. Its stock is in product_stock: it comes from inventory, at other times. */
export const ProductEntity = defineEntity({
  name: 'Product',
  tableName: 'product',
  properties: {
    id: p.uuid().primary(),
    sku: p.text(),
    name: p.text(),
    price: p.bigint('number'),
    currency: p.text(),
    retired: p.boolean().default(false),
    version: p.integer(),
  },
});
export type ProductRow = InferEntity<typeof ProductEntity>;

/** Says so when a sku is given to two products that are sold. */
export const SKU_UNIQUE = 'product_sku_unique';
