import type { Transactor } from '@outrider/service-kit/database';
import { catalogueFacts } from '../domain/product.js';
import type { AssignedVersions } from './assigned-versions.js';
import { lockProduct, refuseStale, triesFor } from './lock-product.js';

/** Takes a product out of sale. It stays in the list: orders refer to it. Its sku is free again. */
export class RetireProduct {
  constructor(
    private readonly transactor: Transactor,
    private readonly versions: AssignedVersions,
  ) {}

  /**
   * A second call has no effect, whatever version the caller read: its first one may have been what changed it.
   * @throws ProblemError not-found (404), version-conflict (409)
   */
  async execute(id: string, seenVersion: number | undefined): Promise<void> {
    const version = await this.transactor.run(async (tx) => {
      const product = await lockProduct(tx, id);
      if (product.retired) return product.version;
      refuseStale(product, seenVersion);
      product.retired = true;
      product.version = this.versions.next(id, product.version);
      await tx.em.flush();
      tx.emit('catalog-event', id, { type: 'PRODUCT_RETIRED', payload: catalogueFacts(product) });
      return product.version;
    }, triesFor(seenVersion));
    this.versions.assigned(id, version);
  }
}
