import { restatementTables, sqlMigrations } from '@outrider/service-kit/database';
import { products } from './001-products.js';
import { productStock } from './002-product-stock.js';
import { stockGeneration } from './003-stock-generation.js';
import { productList } from './004-product-list.js';
import { skuInSale } from './006-sku-in-sale.js';

/** Product's own tables, in the order in which they are made. */
export const productMigrations = sqlMigrations([
  { name: 'product-001-products', sql: products },
  { name: 'product-002-product-stock', sql: productStock },
  { name: 'product-003-stock-generation', sql: stockGeneration },
  { name: 'product-004-product-list', sql: productList },
  { name: 'product-005-restatement', sql: restatementTables },
  { name: 'product-006-sku-in-sale', sql: skuInSale },
]);
