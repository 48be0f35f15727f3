import { ProblemError, type Product } from '@outrider/contracts';
import type { Transactor } from '@outrider/service-kit/database';
import type { CatalogueProduct } from '../domain/product.js';
import { pageProducts } from '../persistence/statements/page-products.js';
import type { StockLevels } from '../stock-cache/stock-levels.js';
import { productView } from './product-view.js';

/** One product with its stock. @throws ProblemError not-found, also when it was retired: the list still has it */
export async function getProduct(transactor: Transactor, levels: StockLevels, id: string): Promise<Product> {
  const [product] = await pageProducts(transactor.read().sql, { ids: [id], limit: 1 });
  if (product === undefined || product.retired) throw new ProblemError('not-found');
  return withStock(levels, product);
}

/** A product that has just been read or changed, as it is shown. */
export async function withStock(levels: StockLevels, product: CatalogueProduct): Promise<Product> {
  const stock = await levels.of([product.id]);
  return productView(product, stock.get(product.id) ?? null);
}
