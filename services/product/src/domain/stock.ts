/** A product's stock as inventory last told it: pieces to be had, since when (ms of the epoch). */
export interface StockLevel {
  readonly available: number;
  readonly version: number;
  readonly asOf: number;
}

/** What inventory says of a product after a change; a higher version is a later truth. */
export interface StockFact extends StockLevel {
  readonly productId: string;
  readonly onHand: number;
  readonly reserved: number;
}

/**
 * Of each product the fact with the highest version, in the order of the products' ids. Facts are whole truths and
 * not changes: the ones left out, and the ones that never came, are not missed.
 */
export function newestOfEach(facts: readonly StockFact[]): StockFact[] {
  const newest = new Map<string, StockFact>();
  for (const fact of facts) {
    const known = newest.get(fact.productId);
    if (known === undefined || known.version < fact.version) newest.set(fact.productId, fact);
  }
  return [...newest.values()].toSorted((a, b) => (a.productId < b.productId ? -1 : 1));
}
