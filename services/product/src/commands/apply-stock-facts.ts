import type { SqlClient } from '@outrider/service-kit/database';
import { newestOfEach, type StockFact } from '../domain/stock.js';
import { storeStockFacts } from '../persistence/statements/store-stock-facts.js';
import type { StockLevels } from '../stock-cache/stock-levels.js';

/** Stores the stock that inventory publishes, and shows it. */
export class ApplyStockFacts {
  constructor(private readonly levels: StockLevels) {}

  /**
   * Stores a batch's facts by version.
   * @param alsoPublish products of facts that came before: the process that stored them may have died before Redis
   *   had them
   * @returns to be run after the commit: brings the levels of all these products, as they are then, to Redis
   */
  async execute(
    sql: SqlClient,
    facts: readonly StockFact[],
    alsoPublish: readonly string[],
  ): Promise<() => Promise<void>> {
    const newest = newestOfEach(facts);
    if (newest.length > 0) await storeStockFacts(sql, newest);
    const productIds = [...new Set([...newest.map((fact) => fact.productId), ...alsoPublish])];
    return () => this.levels.publish(productIds);
  }
}
