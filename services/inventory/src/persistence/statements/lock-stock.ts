import type { Row, SqlClient } from '@outrider/service-kit/database';
import type { Stock } from '../../domain/stock.js';
import { STOCK } from '../tables/stock.js';

// The last lock of a transaction, all products at once and in order of id: two batches that share products wait for
// each other in one direction only. A hot product is held from here to the commit, a few statements for a whole
// batch of orders, and not once per order.
const SQL = `SELECT ${STOCK.select('s')} FROM stock s
WHERE s.product_id = ANY($1::uuid[]) ORDER BY s.product_id FOR NO KEY UPDATE`;

/** @returns the stock of the products that are known, by product id */
export async function lockStock(sql: SqlClient, productIds: readonly string[]): Promise<ReadonlyMap<string, Stock>> {
  if (productIds.length === 0) return new Map();
  const { rows } = await sql.query<Row>(SQL, [productIds]);
  const held = rows.map((row) => STOCK.read(row));
  return new Map(held.map((stock) => [stock.productId, stock]));
}
