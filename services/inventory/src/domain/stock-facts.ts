import type { StockFact } from '@outrider/contracts';
import { available, type LedgerEntry, type Stock } from './stock.js';

/** The stock fact that is published of a product after a transaction. */
export interface ProductFact {
  readonly productId: string;
  readonly type: 'INCREMENT_STOCK' | 'DECREMENT_STOCK';
  readonly fact: StockFact;
}

/**
 * One fact per product for all of a transaction's movements. "Stock" outside means what is available: where that is
 * as before (a confirmation, or a release that another order took up at once) nothing is published, and the
 * version on the wire skips.
 */
export function stockFacts(entries: readonly LedgerEntry[]): readonly ProductFact[] {
  const facts: ProductFact[] = [];
  for (const [productId, ofProduct] of Map.groupBy(entries, (entry) => entry.productId)) {
    const delta = ofProduct.reduce((sum, entry) => sum + entry.onHandDelta - entry.reservedDelta, 0);
    const last = ofProduct.at(-1);
    if (delta === 0 || last === undefined) continue;
    facts.push({
      productId,
      type: delta > 0 ? 'INCREMENT_STOCK' : 'DECREMENT_STOCK',
      fact: { delta, ...levels(last.after) },
    });
  }
  return facts;
}

/** A stock's levels as they are published. */
export function levels(stock: Stock): Omit<StockFact, 'delta'> {
  return {
    onHand: stock.onHand,
    reserved: stock.reserved,
    available: available(stock),
    version: stock.versionBase + stock.version,
  };
}
