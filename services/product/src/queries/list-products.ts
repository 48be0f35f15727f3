import type { Product } from '@outrider/contracts';
import type { Transactor } from '@outrider/service-kit/database';
import { asSeen } from '../domain/product.js';
import { pageProducts, type PageOfProducts } from '../persistence/statements/page-products.js';
import type { StockLevels } from '../persistence/stock/stock-levels.js';

/** A page of the catalogue in the order of registration, retired products included, with stock. */
export class ListProducts {
  constructor(
    private readonly transactor: Transactor,
    private readonly levels: StockLevels,
  ) {}

  async execute(page: PageOfProducts): Promise<{ data: Product[]; has_more: boolean }> {
    const found = await pageProducts(this.transactor.read().sql, { ...page, limit: page.limit + 1 });
    const products = found.slice(0, page.limit);
    const levels = await this.levels.of(products.map((product) => product.id));
    return {
      data: products.map((product) => asSeen(product, levels.get(product.id) ?? null)),
      has_more: found.length > page.limit,
    };
  }
}
