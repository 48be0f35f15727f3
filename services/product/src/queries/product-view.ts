import type { Product } from '@outrider/contracts';
import type { CatalogueProduct } from '../domain/product.js';
import type { StockLevel } from '../domain/stock.js';

/** A product as the API shows it; `stock` is null when inventory has not published any yet. */
export function productView(product: CatalogueProduct, stock: StockLevel | null): Product {
  const { id, sku, name, price, currency, retired, version } = product;
  return {
    id,
    sku,
    name,
    price,
    currency,
    retired,
    version,
    stock: stock?.available ?? null,
    stockAsOf: stock === null ? null : new Date(stock.asOf).toISOString(),
  };
}
