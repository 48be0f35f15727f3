import type { PlaceOrder } from '@outrider/contracts';
import type { QuotedLine } from './accepted-order.js';

/** A product as order knows it from the catalogue; the price of one piece in minor units. */
export interface CatalogProduct {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly price: number;
  readonly currency: string;
  readonly retired: boolean;
  readonly version: number;
  /** what a piece cost before, and until when; nothing where that is not known */
  readonly before?: { readonly price: number; readonly until: Date } | null;
}

/** The lines of an order at today's prices, or what stands in the way of the first that cannot be had. */
export type Quote =
  | { readonly kind: 'quoted'; readonly lines: readonly QuotedLine[] }
  | { readonly kind: 'product-unknown' | 'product-retired' | 'currency-mismatch'; readonly productId: string };

/** Prices come from the catalogue, never from the client. */
export function quoteLines(
  asked: Pick<PlaceOrder, 'items' | 'currency'>,
  products: ReadonlyMap<string, CatalogProduct>,
): Quote {
  const lines: QuotedLine[] = [];
  for (const { productId, quantity } of asked.items) {
    const product = products.get(productId);
    if (product === undefined) return { kind: 'product-unknown', productId };
    if (product.retired) return { kind: 'product-retired', productId };
    if (product.currency !== asked.currency) return { kind: 'currency-mismatch', productId };
    lines.push({ productId, sku: product.sku, name: product.name, quantity, unitPrice: product.price });
  }
  return { kind: 'quoted', lines };
}
