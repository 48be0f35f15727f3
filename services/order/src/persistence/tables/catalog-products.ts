import { bigint, boolean, defineTable, integer, nullable, text, time, uuid } from '@outrider/service-kit/database';

/** Order's copy of a product of the catalogue; minor units. */
export interface ProductRow {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly price: number;
  readonly currency: string;
  readonly retired: boolean;
  readonly version: number;
  readonly previousPrice: number | null;
  readonly pricedAt: Date | null;
}

export const CATALOG_PRODUCTS = defineTable<ProductRow>('catalog_product', {
  id: uuid('id'),
  sku: text('sku'),
  name: text('name'),
  price: bigint('price'),
  currency: text('currency'),
  retired: boolean('retired'),
  version: integer('version'),
  previousPrice: nullable(bigint('previous_price')),
  pricedAt: nullable(time('priced_at')),
});
