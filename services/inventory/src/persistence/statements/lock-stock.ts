import type { SqlClient } from '@outrider/service-kit/database';
import type { Stock } from '../../domain/stock.js';

// The last lock of a transaction, all products at once and in order of id: two batches that share products wait for
// each other in one direction only. A hot product is held from here to the commit, a few statements for a whole
// batch of orders, and not once per order.
const SQL = `SELECT product_id, on_hand, reserved, version, version_base FROM stock
WHERE product_id = ANY($1::uuid[]) ORDER BY product_id FOR NO KEY UPDATE`;

interface Row {
  readonly product_id: string;
  readonly on_hand: string;
  readonly reserved: string;
  readonly version: string;
  readonly version_base: string;
}

/** @returns the stock of the products that are known, by product id */
export async function lockStock(sql: SqlClient, productIds: readonly string[]): Promise<ReadonlyMap<string, Stock>> {
  if (productIds.length === 0) return new Map();
  const { rows } = await sql.query<Row>(SQL, [productIds]);
  return new Map(
    rows.map((row) => [
      row.product_id,
      {
        productId: row.product_id,
        onHand: Number(row.on_hand),
        reserved: Number(row.reserved),
        version: Number(row.version),
        versionBase: Number(row.version_base),
      },
    ]),
  );
}
