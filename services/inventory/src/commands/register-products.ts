import type { Transaction } from '@outrider/service-kit/database';
import { levels } from '../domain/stock-facts.js';
import { insertStock } from '../persistence/statements/insert-stock.js';

export interface NewProduct {
  readonly productId: string;
  readonly initialStock: number;
}

/** Gives new products their stock, each once: one that has stock already keeps it. @returns how many are new */
export async function registerProducts(tx: Transaction, products: readonly NewProduct[]): Promise<number> {
  if (products.length === 0) return 0;
  const firsts = [...new Map(products.toReversed().map((product) => [product.productId, product])).values()];
  const made = await insertStock(tx.sql, firsts);
  for (const { productId, initialStock } of firsts) {
    const versionBase = made.get(productId);
    if (versionBase === undefined) continue;
    const stock = levels({ productId, onHand: initialStock, reserved: 0, version: 1, versionBase });
    tx.emit('product-event', productId, { type: 'CREATED', payload: { delta: initialStock, ...stock } });
  }
  return made.size;
}
