import { ProblemError, refuseUnmovable } from '@outrider/contracts';
import type { Transactor } from '@outrider/service-kit/database';
import { catalogueFacts, type CatalogueProduct } from '../domain/product.js';
import { lockProduct, refuseStale, triesFor } from './lock-product.js';

/** What is to become of a product; `seenVersion` is the version the caller built on, when it said one. */
export interface ProductChange {
  readonly id: string;
  readonly name?: string | undefined;
  readonly price?: number | undefined;
  readonly seenVersion: number | undefined;
}

/** Changes name or price. What is so already is no change: no new version, nobody is told. */
export class ChangeProduct {
  /** @param provider whose rule prices are held against */
  constructor(
    private readonly transactor: Transactor,
    private readonly provider: string,
  ) {}

  /** @throws ProblemError not-found (404), version-conflict, product-retired, amount-not-supported (409) */
  async execute(change: ProductChange): Promise<CatalogueProduct> {
    return this.transactor.run(async (tx) => {
      const product = await lockProduct(tx, change.id);
      refuseStale(product, change.seenVersion);
      if (product.retired) throw new ProblemError('product-retired');
      const before = product.version;
      product.name = change.name ?? product.name;
      if (change.price !== undefined && change.price !== product.price) {
        refuseUnmovable(this.provider, change.price, product.currency);
        product.price = change.price;
      }
      // the flush gives the version that the event carries
      await tx.em.flush();
      if (product.version !== before) {
        tx.emit('catalog-event', 'PRICE_CHANGED', product.id, catalogueFacts(product));
      }
      return { ...product };
    }, triesFor(change.seenVersion));
  }
}
