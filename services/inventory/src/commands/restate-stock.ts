import type { EventOf } from '@outrider/contracts';
import {
  forgottenEvents,
  restatement,
  restateNext,
  type Transaction,
  type Transactor,
} from '@outrider/service-kit/database';
import { levels } from '../domain/stock-facts.js';
import { raiseBases } from '../persistence/statements/raise-bases.js';

const A_ROUND = 200;

/**
 * States all stock again after its database was restored from a backup: product knows levels that it has forgotten, and
 * goes by the highest version.
 */
export class RestateStock {
  constructor(private readonly transactor: Transactor) {}

  /**
   * Looks at inventory's own events as they come back. Those that were forgotten have the stock of all products stated
   * again. One that the restored database does not know comes again from the catalogue.
   */
  async look(tx: Transaction, own: readonly EventOf<'product-event'>[]): Promise<void> {
    const forgotten = await forgottenEvents(
      tx.sql,
      own.map(({ eventId, occurredAt, payload }) => ({ eventId, occurredAt, version: payload.version })),
    );
    if (forgotten.length > 0) await restatement(tx.sql, forgotten);
  }

  /** @returns true when there may be more to state */
  async next(): Promise<boolean> {
    return restateNext(this.transactor, async (tx, { floor, after }) => {
      const raised = await raiseBases(tx.sql, floor, after, A_ROUND);
      for (const stock of raised) {
        tx.emit('product-event', 'INCREMENT_STOCK', stock.productId, { delta: 0, ...levels(stock) });
      }
      return raised.at(-1)?.productId;
    });
  }
}
