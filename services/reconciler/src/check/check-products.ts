import { bookDifference, idAt, type BookDifference } from '@outrider/contracts';
import { cataloguePage, knownProducts } from '../databases/stock-books.js';
import type { Databases } from './databases.js';

const KEEPERS = ['product', 'order', 'inventory'] as const;

/** Compares a page of the catalogue with the products that order knows and the stock that inventory has. */
export async function checkProducts(
  databases: Databases,
  graceMs: number,
  now: number,
  after: string,
  limit: number,
): Promise<{ readonly differences: BookDifference[]; readonly next: string | null }> {
  const ids = await databases.product.snapshot((query) => cataloguePage(query, after, limit));
  const next = ids.length === limit ? (ids.at(-1) ?? null) : null;
  return { differences: await checkTheseProducts(databases, graceMs, now, ids), next };
}

/** Of these products, those that one of the three services does not know; what is younger than the grace is left out. */
export async function checkTheseProducts(
  databases: Databases,
  graceMs: number,
  now: number,
  all: readonly string[],
): Promise<BookDifference[]> {
  const before = idAt(now - graceMs);
  const ids = all.filter((id) => id < before);
  if (ids.length === 0) return [];
  const known = await Promise.all(
    KEEPERS.map((service) => databases[service].snapshot((query) => knownProducts(query, service, ids))),
  );
  return ids.flatMap((productId) => {
    const without = KEEPERS.filter((_, index) => known[index]?.has(productId) !== true);
    // a product that none of them knows any more is no difference
    if (without.length === 0 || without.length === KEEPERS.length) return [];
    const expected = 'known to product, order and inventory';
    return [bookDifference('product_unknown', { productId }, expected, `unknown to ${without.join(' and ')}`)];
  });
}
