import { ProblemError, type Product } from '@outrider/contracts';
import type { Transactor } from '@outrider/service-kit/database';
import { asSeen, type CatalogueProduct } from '../domain/product.js';
import { pageProducts } from '../persistence/statements/page-products.js';
import type { StockLevels } from '../persistence/stock-cache/stock-levels.js';

/** One product with its stock. */
export class GetProduct {
  constructor(
    private readonly transactor: Transactor,
    private readonly levels: StockLevels,
  ) {}

  /** @throws ProblemError not-found, also when it was taken out of sale: the list still has it */
  async execute(id: string): Promise<Product> {
    const [product] = await pageProducts(this.transactor.read().sql, { ids: [id], limit: 1 });
    if (product === undefined || product.retired) throw new ProblemError('not-found');
    return this.withStock(product);
  }

  /** A product that is at hand already, as it is seen. */
  async withStock(product: CatalogueProduct): Promise<Product> {
    const levels = await this.levels.of([product.id]);
    return asSeen(product, levels.get(product.id) ?? null);
  }
}
