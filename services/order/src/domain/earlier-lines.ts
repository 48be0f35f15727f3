import type { QuotedLine } from './accepted-order.js';
import type { CatalogProduct } from './quote-lines.js';

/**
 * The lines as they would have been quoted before the newest change of a price among them, before the one before that,
 * and so on, as far as order remembers: one earlier price of each product.
 */
export function* earlierLines(
  lines: readonly QuotedLine[],
  products: ReadonlyMap<string, CatalogProduct>,
): Generator<readonly QuotedLine[]> {
  const changed = new Map(lines.flatMap(({ productId }) => changeOf(products.get(productId))));
  const times = [...new Set([...changed.values()].map(({ until }) => until))].toSorted((a, b) => b - a);
  for (const time of times) {
    yield lines.map((line) => {
      const before = changed.get(line.productId);
      return before !== undefined && before.until >= time ? { ...line, unitPrice: before.price } : line;
    });
  }
}

function changeOf(product: CatalogProduct | undefined): [string, { price: number; until: number }][] {
  if (product?.before == null) return [];
  return [[product.id, { price: product.before.price, until: product.before.until.getTime() }]];
}
