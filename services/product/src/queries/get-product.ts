import { ProblemError, type Product } from '@outrider/contracts';
import type { SqlClient } from '@outrider/service-kit/database';
import type { CatalogueProduct } from '../domain/product.js';
import { pageProducts } from '../persistence/statements/page-products.js';
import type { StockLevels } from '../stock-cache/stock-levels.js';
import { productView } from './product-view.js';
import { ReadTogether } from './read-together.js';

/** Shows one product at a time; those of requests that come together are read together. */
export class GetProduct {
  readonly #shown: ReadTogether<Product>;

  constructor(sql: SqlClient, levels: StockLevels) {
    this.#shown = new ReadTogether(async (ids) => {
      const products = (await pageProducts(sql, { ids, limit: ids.length })).filter(({ retired }) => !retired);
      const stock = await levels.of(products.map(({ id }) => id));
      return new Map(products.map((product) => [product.id, productView(product, stock.get(product.id) ?? null)]));
    });
  }

  /** One product with its stock. @throws ProblemError not-found, also when it was retired: the list still has it */
  async execute(id: string): Promise<Product> {
    const product = await this.#shown.get(id);
    if (product === undefined) throw new ProblemError('not-found');
    return product;
  }
}

/** A product that has just been changed, as it is shown. */
export async function withStock(levels: StockLevels, product: CatalogueProduct): Promise<Product> {
  const stock = await levels.of([product.id]);
  return productView(product, stock.get(product.id) ?? null);
}
