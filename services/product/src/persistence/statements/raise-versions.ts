import type { Row, SqlClient } from '@outrider/service-kit/database';
import type { CatalogueProduct } from '../../domain/product.js';
import { PRODUCTS } from '../tables/index.js';

// Locked in order of id before they are changed; a command that changes a product locks that one alone. What was changed
// since the floor was set is above it, and was published.
const SQL = `WITH page AS MATERIALIZED (
  SELECT id FROM product WHERE id > $2::uuid AND version < $1::int ORDER BY id LIMIT $3 FOR UPDATE
), raised AS (
  UPDATE product p SET version = $1::int FROM page WHERE p.id = page.id
  RETURNING ${PRODUCTS.select('p')}
)
SELECT ${PRODUCTS.select('raised')} FROM raised ORDER BY raised.id`;

/** Raises the versions of up to `limit` products after an id to the floor. @returns them, as they are then, by id */
export async function raiseVersions(
  sql: SqlClient,
  floor: number,
  after: string,
  limit: number,
): Promise<CatalogueProduct[]> {
  return (await sql.query<Row>(SQL, [floor, after, limit])).rows.map((row) => PRODUCTS.read(row));
}
