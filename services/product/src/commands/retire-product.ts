import type { Transactor } from '@outrider/service-kit/database';
import { catalogueFacts } from '../domain/product.js';
import { lockProduct, refuseStale, triesFor } from './lock-product.js';

/** Takes a product out of sale, for good. It stays readable: orders go on to speak of it. */
export class RetireProduct {
  constructor(private readonly transactor: Transactor) {}

  /**
   * Again has no effect, whatever version the caller saw: its first try may have been what changed it.
   * @throws ProblemError not-found (404), version-conflict (409)
   */
  async execute(id: string, seenVersion: number | undefined): Promise<void> {
    await this.transactor.run(async (tx) => {
      const product = await lockProduct(tx, id);
      if (product.retired) return;
      refuseStale(product, seenVersion);
      product.retired = true;
      await tx.em.flush();
      tx.emit('catalog-event', 'PRODUCT_RETIRED', id, catalogueFacts(product));
    }, triesFor(seenVersion));
  }
}
