import type { SqlClient } from '@outrider/service-kit/database';

// A product's row is made once, whatever comes twice; in order of id, as everyone locks products. The first entry of
// its ledger goes with it.
const SQL = `WITH made AS (
  INSERT INTO stock(product_id,on_hand,reserved,version)
  SELECT x.p, x.n, 0, 1 FROM unnest($1::uuid[],$2::bigint[]) x(p,n) ORDER BY x.p
  ON CONFLICT DO NOTHING RETURNING product_id, on_hand
), entry AS (
  INSERT INTO stock_movement(product_id,version,reason,reference,on_hand_delta,reserved_delta,on_hand,reserved)
  SELECT product_id, 1, 'INITIAL', product_id::text, on_hand, 0, on_hand, 0 FROM made
)
SELECT product_id FROM made`;

/** @returns those products that were not there */
export async function insertStock(
  sql: SqlClient,
  products: readonly { readonly productId: string; readonly initialStock: number }[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql.query<{ product_id: string }>(SQL, [
    products.map(({ productId }) => productId),
    products.map(({ initialStock }) => initialStock),
  ]);
  return new Set(rows.map((row) => row.product_id));
}
