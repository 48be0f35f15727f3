import type { EventOf } from '@outrider/contracts';
import { requestRestatement, restateNext, type Transaction, type Transactor } from '@outrider/service-kit/database';
import { catalogueFacts } from '../domain/product.js';
import { knownProducts } from '../persistence/statements/known-products.js';
import { raiseVersions } from '../persistence/statements/raise-versions.js';

const BATCH = 200;

/**
 * Publishes all products again after product's database was restored from a backup: the others have prices that the
 * backup does not, and keep the highest version. Requested by `restateForgotten`.
 */
export class RestateCatalogue {
  constructor(private readonly transactor: Transactor) {}

  /** @returns true when there may be more to restate */
  async execute(): Promise<boolean> {
    return restateNext(this.transactor, async (tx, { floor, after }) => {
      const raised = await raiseVersions(tx.sql, floor, after, BATCH);
      for (const product of raised) {
        const type = product.retired ? 'PRODUCT_RETIRED' : 'PRICE_CHANGED';
        tx.emit('catalog-event', product.id, { type, payload: catalogueFacts(product) });
      }
      return raised.at(-1)?.id;
    });
  }
}

/**
 * Looks at product's own events as they come back. Where the database has lost some, it requests a restatement of all
 * products; a product that it has lost is retired where it is known.
 */
export async function restateForgotten(tx: Transaction, own: readonly EventOf<'catalog-event'>[]): Promise<void> {
  const restatement = await requestRestatement(
    tx.sql,
    own.map(({ eventId, occurredAt, productId, payload }) => ({
      eventId,
      occurredAt,
      productId,
      payload,
      version: payload.version,
    })),
  );
  if (restatement === undefined) return;
  const { forgotten, floor } = restatement;
  const known = await knownProducts(
    tx.sql,
    forgotten.map(({ productId }) => productId),
  );
  const lost = new Map(forgotten.map(({ productId, payload }) => [productId, payload]));
  for (const [productId, { sku, name, price, currency }] of lost) {
    if (known.has(productId)) continue;
    tx.emit('catalog-event', productId, {
      type: 'PRODUCT_RETIRED',
      payload: { sku, name, price, currency, version: floor },
    });
  }
}
