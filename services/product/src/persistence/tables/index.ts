import { bigint, boolean, defineTable, integer, text, uuid, type Column } from '@outrider/service-kit/database';
import type { CatalogueProduct } from '../../domain/product.js';
import type { StockFact } from '../../domain/stock.js';

/** The catalogue's row of a product. */
export const PRODUCTS = defineTable<CatalogueProduct>('product', {
  id: uuid('id'),
  sku: text('sku'),
  name: text('name'),
  price: bigint('price'),
  currency: text('currency'),
  retired: boolean('retired'),
  version: integer('version'),
});

/** A time as ms since 1970. */
const timeInMs = (name: string): Column<number> => ({
  name,
  type: 'timestamp with time zone',
  nullable: false,
  read: (value) => Date.parse(String(value)),
  write: (ms) => new Date(ms).toISOString(),
});

/** The latest stock fact of each product. */
export const STOCK_FACTS = defineTable<StockFact>('product_stock', {
  productId: uuid('product_id'),
  onHand: bigint('on_hand'),
  reserved: bigint('reserved'),
  available: bigint('available'),
  version: bigint('version'),
  asOf: timeInMs('as_of'),
});

/** Every mapping of a table that statements read and write through. */
export const TABLES = [PRODUCTS, STOCK_FACTS] as const;
