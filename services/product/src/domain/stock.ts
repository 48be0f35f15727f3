/** The latest stock fact of a product: pieces available, and since when (ms since 1970). */
export interface StockLevel {
  readonly available: number;
  readonly version: number;
  readonly asOf: number;
}

/** A stock fact, as inventory publishes it after a change; a higher version is later. */
export interface StockFact extends StockLevel {
  readonly productId: string;
  readonly onHand: number;
  readonly reserved: number;
}

/**
 * Of each product the fact with the highest version, in the order of the products' ids. Facts hold the whole
 * stock and not a change: those left out, and those that never came, are not missed.
 */
export function newestOfEach(facts: readonly StockFact[]): StockFact[] {
  const newest = new Map<string, StockFact>();
  for (const fact of facts) {
    const known = newest.get(fact.productId);
    if (known === undefined || known.version < fact.version) newest.set(fact.productId, fact);
  }
  return [...newest.values()].toSorted((a, b) => (a.productId < b.productId ? -1 : 1));
}
