import type { Row, SqlClient } from '@outrider/service-kit/database';
import { STOCK } from '../tables/stock.js';

// A product's row is made once, whatever comes twice; in order of id, as everyone locks products. The first entry of
// its ledger goes with it. One that is made after a restore may be known to others already: its versions begin above those.
// The floor is locked until the commit: a restatement that is requested meanwhile would not find the row, and not raise it.
const MADE = STOCK.pick('productId', 'versionBase');
const SQL = `WITH made AS (
  INSERT INTO stock(product_id,on_hand,reserved,version,version_base)
  SELECT x.p, x.n, 0, 1, r.floor FROM unnest($1::uuid[],$2::bigint[]) x(p,n) CROSS JOIN (SELECT floor FROM restatement FOR SHARE) r ORDER BY x.p
  ON CONFLICT DO NOTHING RETURNING product_id, on_hand, version_base
), entry AS (
  INSERT INTO stock_movement(product_id,version,reason,reference,on_hand_delta,reserved_delta,on_hand,reserved)
  SELECT product_id, 1, 'INITIAL', product_id::text, on_hand, 0, on_hand, 0 FROM made
)
SELECT ${MADE.select('made')} FROM made`;

/** @returns those products that were not there, with the base of their versions */
export async function insertStock(
  sql: SqlClient,
  products: readonly { readonly productId: string; readonly initialStock: number }[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql.query<Row>(SQL, [
    products.map(({ productId }) => productId),
    products.map(({ initialStock }) => initialStock),
  ]);
  const made = rows.map((row) => MADE.read(row));
  return new Map(made.map(({ productId, versionBase }) => [productId, versionBase]));
}
