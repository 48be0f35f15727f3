import type { SqlClient } from '@outrider/service-kit/database';
import type { StockFact } from '../../domain/stock.js';

// One statement whatever the size of the batch. The guard on version makes facts that come twice, late or out of
// order change nothing; the order of the ids lets two batches that meet wait for each other and not forever.
const SQL = `INSERT INTO product_stock AS held (product_id,on_hand,reserved,available,version,as_of)
SELECT * FROM unnest($1::uuid[],$2::bigint[],$3::bigint[],$4::bigint[],$5::bigint[],$6::timestamptz[])
  AS fact(product_id,on_hand,reserved,available,version,as_of)
ORDER BY product_id
ON CONFLICT (product_id) DO UPDATE SET on_hand=excluded.on_hand, reserved=excluded.reserved,
  available=excluded.available, version=excluded.version, as_of=excluded.as_of
WHERE held.version < excluded.version`;

/** Keeps what is newer than what is held. At most one fact a product. */
export async function storeStockFacts(sql: SqlClient, facts: readonly StockFact[]): Promise<void> {
  await sql.query(SQL, [
    facts.map((fact) => fact.productId),
    facts.map((fact) => fact.onHand),
    facts.map((fact) => fact.reserved),
    facts.map((fact) => fact.available),
    facts.map((fact) => fact.version),
    facts.map((fact) => new Date(fact.asOf).toISOString()),
  ]);
}
