import type { SqlClient } from '@outrider/service-kit/database';
import type { CatalogProduct } from '../../domain/quote-lines.js';

// The clock is the database's and comes along, so that all replicas count deadlines by one clock; by a row of its own,
// which is there when no product is.
const SQL = `SELECT t.now::text AS now, c.id, c.sku, c.name, c.price, c.currency, c.retired, c.version,
  c.previous_price, c.priced_at::text
FROM (SELECT now() AS now) t LEFT JOIN catalog_product c ON c.id = ANY($1::uuid[])`;

interface Row {
  readonly now: string;
  readonly id: string | null;
  readonly sku: string;
  readonly name: string;
  readonly price: string;
  readonly currency: string;
  readonly retired: boolean;
  readonly version: number;
  readonly previous_price: string | null;
  readonly priced_at: string | null;
}

/** The products of these ids that order knows, and the database's time. */
export async function readProducts(
  sql: SqlClient,
  ids: readonly string[],
): Promise<{ readonly now: Date; readonly products: ReadonlyMap<string, CatalogProduct> }> {
  const { rows } = await sql.query<Row>(SQL, [[...new Set(ids)]]);
  const products = new Map<string, CatalogProduct>();
  for (const { id, sku, name, price, currency, retired, version, previous_price: previous, priced_at: at } of rows) {
    const before = previous === null || at === null ? null : { price: Number(previous), until: new Date(at) };
    if (id !== null) products.set(id, { id, sku, name, price: Number(price), currency, retired, version, before });
  }
  return { now: new Date(rows[0]?.now ?? Number.NaN), products };
}
