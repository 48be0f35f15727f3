import type { SqlClient } from '@outrider/service-kit/database';
import type { CatalogueProduct } from '../../domain/product.js';

export interface PageOfProducts {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly ids?: readonly string[] | undefined;
  readonly sku?: string | undefined;
}

// Rows and not entities: a page is read and shown, nobody changes it. Only the conditions that were asked for stand in
// the text, so that each form gets the index that fits; ids are times, so new products come last and pages stay put.
const COLUMNS = 'id::text AS id, sku, name, price::float8 AS price, currency, retired, version';

export async function pageProducts(sql: SqlClient, page: PageOfProducts): Promise<CatalogueProduct[]> {
  const values: unknown[] = [];
  const conditions: string[] = [];
  const where = (condition: string, value: unknown): void => {
    if (value !== undefined) conditions.push(condition.replace('?', `$${values.push(value)}`));
  };
  where('id > ?::uuid', page.after);
  where('id = ANY(?::uuid[])', page.ids);
  where('sku = ?', page.sku);
  const filter = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const { rows } = await sql.query<CatalogueProduct>(
    `SELECT ${COLUMNS} FROM product ${filter} ORDER BY id LIMIT $${values.push(page.limit)}`,
    values,
  );
  return rows;
}
