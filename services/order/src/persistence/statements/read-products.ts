import type { Row, SqlClient } from '@outrider/service-kit/database';
import type { CatalogProduct } from '../../domain/quote-lines.js';
import { CATALOG_PRODUCTS } from '../tables/catalog-products.js';

// The clock is the database's and comes along, so that all replicas count deadlines by one clock; by a row of its own,
// which is there when no product is.
const SQL = `SELECT t.now::text AS now, ${CATALOG_PRODUCTS.select('c')}
FROM (SELECT now() AS now) t LEFT JOIN catalog_product c ON c.id = ANY($1::uuid[])`;

export interface ReadProducts {
  /** the database's time */
  readonly now: Date;
  /** by id; of those that were asked for, the ones that order knows */
  readonly products: ReadonlyMap<string, CatalogProduct>;
}

export async function readProducts(sql: SqlClient, ids: readonly string[]): Promise<ReadProducts> {
  const { rows } = await sql.query<Row & { readonly now: string }>(SQL, [[...new Set(ids)]]);
  const products = new Map<string, CatalogProduct>();
  for (const row of rows) {
    if (row['id'] === null) continue;
    const { previousPrice: price, pricedAt: until, ...product } = CATALOG_PRODUCTS.read(row);
    products.set(product.id, { ...product, before: price === null || until === null ? null : { price, until } });
  }
  return { now: new Date(rows[0]?.now ?? Number.NaN), products };
}
