import type { Product } from '@outrider/contracts';
import { listHorizon, type Transactor } from '@outrider/service-kit/database';
import { pageProducts, type PageOfProducts } from '../persistence/statements/page-products.js';
import type { StockLevels } from '../stock-cache/stock-levels.js';
import { productView } from './product-view.js';

/**
 * A page of the catalogue in the order of registration, retired products included, with stock. A reader that follows the
 * list page by page, and goes on from its end later, gets every product once.
 */
export async function listProducts(
  transactor: Transactor,
  levels: StockLevels,
  page: Omit<PageOfProducts, 'horizon'>,
): Promise<{ data: Product[]; has_more: boolean }> {
  const sql = transactor.read();
  // a request for named products follows no list: they are shown as soon as they are there
  const byName = page.ids !== undefined || page.sku !== undefined;
  const horizon = byName ? undefined : await listHorizon(sql, 'product');
  const found = await pageProducts(sql, { ...page, horizon, limit: page.limit + 1 });
  const products = found.slice(0, page.limit);
  const stock = await levels.of(products.map((product) => product.id));
  return {
    data: products.map((product) => productView(product, stock.get(product.id) ?? null)),
    has_more: found.length > page.limit,
  };
}
