import type { Transaction } from '@outrider/service-kit/database';
import type { CatalogProduct } from '../domain/quote-lines.js';
import { storeProducts } from '../persistence/statements/store-products.js';

/** Applies products of the catalogue: of each, the newest version counts. */
export async function applyProducts(tx: Transaction, products: readonly CatalogProduct[]): Promise<void> {
  const newest = new Map<string, CatalogProduct>();
  for (const product of products) {
    const before = newest.get(product.id);
    if (before === undefined || product.version > before.version) newest.set(product.id, product);
  }
  if (newest.size > 0) await storeProducts(tx.sql, [...newest.values()]);
}
