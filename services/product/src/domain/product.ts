import type { PayloadOf, Product } from '@outrider/contracts';
import type { StockLevel } from './stock.js';

/**
 * A product of the catalogue. `price` is of one piece, in the currency's minor unit; version grows with each
 * change.
 */
export interface CatalogueProduct {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly price: number;
  readonly currency: string;
  readonly retired: boolean;
  readonly version: number;
}

/** What the other services are told of a product. */
export function catalogueFacts(product: CatalogueProduct): PayloadOf<'catalog-event', 'PRICE_CHANGED'> {
  const { sku, name, price, currency, version } = product;
  return { sku, name, price, currency, version };
}

/** A product as anyone sees it; `stock` is null when inventory has not said anything of it yet. */
export function asSeen(product: CatalogueProduct, stock: StockLevel | null): Product {
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
