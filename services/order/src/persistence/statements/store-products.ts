import type { SqlClient } from '@outrider/service-kit/database';
import type { CatalogProduct } from '../../domain/quote-lines.js';
import { CATALOG_PRODUCTS } from '../tables/catalog-products.js';

// By version, never back: events may come again or, after a replay, old. In order of id, so that two batches wait for
// each other in one direction only.
const STATED = CATALOG_PRODUCTS.pick('id', 'sku', 'name', 'price', 'currency', 'retired', 'version');
const SQL = `INSERT INTO catalog_product AS c (${STATED.names})
SELECT ${STATED.names} FROM json_to_recordset($1::json) AS t(${STATED.record}) ORDER BY id
ON CONFLICT (id) DO UPDATE SET ${STATED.assign('excluded', 'id')},
  previous_price=CASE WHEN excluded.price=c.price THEN c.previous_price ELSE c.price END,
  priced_at=CASE WHEN excluded.price=c.price THEN c.priced_at ELSE now() END
WHERE excluded.version > c.version`;

/** Stores products as the catalogue has them; each at most once. */
export async function storeProducts(sql: SqlClient, products: readonly CatalogProduct[]): Promise<void> {
  await sql.query(SQL, [JSON.stringify(products.map((product) => STATED.write(product)))]);
}
