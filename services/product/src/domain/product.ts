import type { PayloadOf } from '@outrider/contracts';

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

/** What is published of a product. */
export function catalogueFacts(product: CatalogueProduct): PayloadOf<'catalog-event', 'PRICE_CHANGED'> {
  const { sku, name, price, currency, version } = product;
  return { sku, name, price, currency, version };
}
