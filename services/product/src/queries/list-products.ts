import type { Product } from '@outrider/contracts';
import { listHorizon, type Transactor } from '@outrider/service-kit/database';
import { asSeen } from '../domain/product.js';
import { pageProducts, type PageOfProducts } from '../persistence/statements/page-products.js';
import type { StockLevels } from '../persistence/stock-cache/stock-levels.js';

/** A page of the catalogue in the order of registration, retired products included, with stock. */
export class ListProducts {
  constructor(
    private readonly transactor: Transactor,
    private readonly levels: StockLevels,
  ) {}

  /** Whoever follows the list page by page, and goes on from its end later, comes by every product once. */
  async execute(page: Omit<PageOfProducts, 'horizon'>): Promise<{ data: Product[]; has_more: boolean }> {
    const { sql } = this.transactor.read();
    // who asks for products by name follows no list: they are shown as soon as they are there
    const byName = page.ids !== undefined || page.sku !== undefined;
    const horizon = byName ? undefined : await listHorizon(sql, 'product');
    const found = await pageProducts(sql, { ...page, horizon, limit: page.limit + 1 });
    const products = found.slice(0, page.limit);
    const levels = await this.levels.of(products.map((product) => product.id));
    return {
      data: products.map((product) => asSeen(product, levels.get(product.id) ?? null)),
      has_more: found.length > page.limit,
    };
  }
}
