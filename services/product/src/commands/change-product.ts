import { ProblemError } from '@outrider/contracts';
import { violatedUnique, type Transaction, type Transactor } from '@outrider/service-kit/database';
import { catalogueFacts, type CatalogueProduct } from '../domain/product.js';
import { SKU_UNIQUE, type ProductRow } from '../persistence/entities/product.entity.js';
import { hasSuccessor } from '../persistence/statements/has-successor.js';
import { lockProduct, refuseStale, triesFor } from './lock-product.js';
import type { PricePolicy } from '../policies/price-policy.js';
import { skuTaken } from '../problems.js';
import type { AssignedVersions } from './assigned-versions.js';

/** A change of a product; `seenVersion` is the version that the caller read (If-Match), if it gave one. */
export interface ProductChange {
  readonly id: string;
  readonly name?: string | undefined;
  readonly price?: number | undefined;
  /** false: back into sale */
  readonly retired?: false | undefined;
  readonly seenVersion: number | undefined;
}

/** Changes name or price, or brings a retired product back. What is so already is no change: no new version, no event. */
export class ChangeProduct {
  constructor(
    private readonly transactor: Transactor,
    private readonly versions: AssignedVersions,
    private readonly price: PricePolicy,
  ) {}

  /**
   * @throws ProblemError not-found (404), version-conflict, product-retired, amount-not-supported (409), sku-taken (409)
   *   when a product to be brought back has been followed by another with its sku
   */
  async execute(change: ProductChange): Promise<CatalogueProduct> {
    try {
      const changed = await this.transactor.run(async (tx) => this.#change(tx, change), triesFor(change.seenVersion));
      this.versions.assigned(changed.id, changed.version);
      return changed;
    } catch (error) {
      if (violatedUnique(error) !== SKU_UNIQUE) throw error;
      throw new ProblemError('sku-taken', 'Another product is sold with its sku');
    }
  }

  async #change(tx: Transaction, { id, name, price, retired, seenVersion }: ProductChange): Promise<CatalogueProduct> {
    const product = await lockProduct(tx, id);
    refuseStale(product, seenVersion);
    const reinstated = product.retired && retired === false;
    if (product.retired && !reinstated) throw new ProblemError('product-retired');
    if (reinstated && (await hasSuccessor(tx.sql, product.id))) throw skuTaken(product.sku);
    const after = { name: name ?? product.name, price: price ?? product.price, retired: false };
    if (!reinstated && after.name === product.name && after.price === product.price) return { ...product };
    if (reinstated || after.price !== product.price)
      this.price.check({ price: after.price, currency: product.currency });
    Object.assign<ProductRow, Partial<ProductRow>>(product, {
      ...after,
      version: this.versions.next(id, product.version),
    });
    await tx.em.flush();
    const type = reinstated ? 'PRODUCT_REINSTATED' : 'PRICE_CHANGED';
    tx.emit('catalog-event', id, { type, payload: catalogueFacts(product) });
    return { ...product };
  }
}
