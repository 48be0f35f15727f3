import { restateNext, type Transactor } from '@outrider/service-kit/database';
import { levels } from '../domain/stock-facts.js';
import { raiseBases } from '../persistence/statements/raise-bases.js';

const BATCH = 200;

/**
 * Publishes the stock of all products again after inventory's database was restored from a backup: product has levels that
 * the backup does not, and keeps the highest version. Requested by events/own-facts.
 */
export class RestateStock {
  constructor(private readonly transactor: Transactor) {}

  /** @returns true when there may be more to restate */
  async execute(): Promise<boolean> {
    return restateNext(this.transactor, async (tx, { floor, after }) => {
      const raised = await raiseBases(tx.sql, floor, after, BATCH);
      for (const stock of raised) {
        tx.emit('product-event', stock.productId, { type: 'INCREMENT_STOCK', payload: { delta: 0, ...levels(stock) } });
      }
      return raised.at(-1)?.productId;
    });
  }
}
