import type { Row, SqlClient } from '@outrider/service-kit/database';
import type { CatalogueProduct } from '../../domain/product.js';
import { PRODUCTS } from '../tables/index.js';

export interface PageOfProducts {
  readonly limit: number;
  /** the id of the last one of the page before */
  readonly after?: string | undefined;
  /** no product from this position on; none is held back without it */
  readonly horizon?: number | undefined;
  readonly ids?: readonly string[] | undefined;
  readonly sku?: string | undefined;
  /** only what is not sold any more, or only what is */
  readonly retired?: boolean | undefined;
}

// Rows and not entities: a page is read and shown, nobody changes it. Only the conditions that were requested are in
// the text, so that each form gets the index that fits.

// The place of a row, or, of one that is not there (its database was restored), that of the first one made after it.
const PLACE = `SELECT position::text AS position, id::text AS id FROM product WHERE id = $1
UNION ALL (SELECT position::text, NULL FROM product WHERE id > $1 AND NOT EXISTS (SELECT FROM product WHERE id = $1)
  ORDER BY product.position, product.id LIMIT 1)`;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** Products in the order of their positions. */
export async function pageProducts(sql: SqlClient, page: PageOfProducts): Promise<CatalogueProduct[]> {
  const values: unknown[] = [];
  const conditions: string[] = [];
  const where = (condition: string, ...given: readonly unknown[]): void => {
    if (given.includes(undefined)) return;
    conditions.push(given.reduce<string>((text, value) => text.replace('?', `$${values.push(value)}`), condition));
  };
  if (page.after !== undefined) {
    const [place] = (await sql.query<{ position: string; id: string | null }>(PLACE, [page.after])).rows;
    // nothing was made after it yet
    if (place === undefined) return [];
    where('(position, id) > (?::bigint, ?::uuid)', place.position, place.id ?? FIRST_ID);
  }
  where('position < ?::bigint', page.horizon);
  where('id = ANY(?::uuid[])', page.ids);
  where('sku = ?', page.sku);
  where('retired = ?', page.retired);
  const filter = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const { rows } = await sql.query<Row>(
    `SELECT ${PRODUCTS.select('product')} FROM product ${filter} ORDER BY position, id LIMIT $${values.push(page.limit)}`,
    values,
  );
  return rows.map((row) => PRODUCTS.read(row));
}
