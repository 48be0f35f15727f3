import type { Transaction } from '@outrider/service-kit/database';
import type { CatalogProduct } from '../domain/quote-lines.js';
import { storeProducts } from '../persistence/statements/store-products.js';

/** Takes in what the catalogue said, in its order: of each product the newest counts. */
export async function applyProducts(tx: Transaction, said: readonly CatalogProduct[]): Promise<void> {
  const newest = new Map<string, CatalogProduct>();
  for (const product of said) {
    const before = newest.get(product.id);
    if (before === undefined || product.version > before.version) newest.set(product.id, product);
  }
  if (newest.size > 0) await storeProducts(tx.sql, [...newest.values()]);
}
