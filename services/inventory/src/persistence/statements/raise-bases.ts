import type { Row, SqlClient } from '@outrider/service-kit/database';
import type { Stock } from '../../domain/stock.js';
import { STOCK } from '../tables/stock.js';

// Locked in order of id, as everyone locks products, before they are changed.
const SQL = `WITH page AS MATERIALIZED (
  SELECT product_id FROM stock WHERE product_id > $2::uuid AND version_base < $1::bigint
  ORDER BY product_id LIMIT $3 FOR NO KEY UPDATE
), raised AS (
  UPDATE stock s SET version_base = $1::bigint, updated_at = now() FROM page WHERE s.product_id = page.product_id
  RETURNING ${STOCK.select('s')}
)
SELECT ${STOCK.select('raised')} FROM raised ORDER BY raised.product_id`;

/** Raises the bases of up to `limit` products after an id to the floor. @returns their stock, by id */
export async function raiseBases(sql: SqlClient, floor: number, after: string, limit: number): Promise<Stock[]> {
  return (await sql.query<Row>(SQL, [floor, after, limit])).rows.map((row) => STOCK.read(row));
}
