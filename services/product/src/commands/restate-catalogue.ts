import type { EventOf } from '@outrider/contracts';
import {
  forgottenEvents,
  restatement,
  restateNext,
  type Transaction,
  type Transactor,
} from '@outrider/service-kit/database';
import { catalogueFacts } from '../domain/product.js';
import { knownProducts } from '../persistence/statements/known-products.js';
import { raiseVersions } from '../persistence/statements/raise-versions.js';

const A_ROUND = 200;

/**
 * States the catalogue again after its database was restored from a backup: the others know prices that it has
 * forgotten, and go by the highest version.
 */
export class RestateCatalogue {
  constructor(private readonly transactor: Transactor) {}

  /**
   * Looks at the catalogue's own events as they come back. Those that were forgotten have all products stated again; a
   * product that the restored database does not know is retired where it is known.
   */
  async look(tx: Transaction, own: readonly EventOf<'catalog-event'>[]): Promise<void> {
    const forgotten = await forgottenEvents(
      tx.sql,
      own.map(({ eventId, occurredAt, productId, payload }) => ({
        eventId,
        occurredAt,
        productId,
        payload,
        version: payload.version,
      })),
    );
    if (forgotten.length === 0) return;
    const floor = await restatement(tx.sql, forgotten);
    const known = await knownProducts(
      tx.sql,
      forgotten.map(({ productId }) => productId),
    );
    const lost = new Map(forgotten.map(({ productId, payload }) => [productId, payload]));
    for (const [productId, { sku, name, price, currency }] of lost) {
      if (known.has(productId)) continue;
      tx.emit('catalog-event', 'PRODUCT_RETIRED', productId, { sku, name, price, currency, version: floor });
    }
  }

  /** @returns true when there may be more to state */
  async next(): Promise<boolean> {
    return restateNext(this.transactor, async (tx, { floor, after }) => {
      const raised = await raiseVersions(tx.sql, floor, after, A_ROUND);
      for (const product of raised) {
        const type = product.retired ? 'PRODUCT_RETIRED' : 'PRICE_CHANGED';
        tx.emit('catalog-event', type, product.id, catalogueFacts(product));
      }
      return raised.at(-1)?.id;
    });
  }
}
