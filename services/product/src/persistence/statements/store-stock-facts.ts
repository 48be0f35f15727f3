import type { SqlClient } from '@outrider/service-kit/database';
import type { StockFact } from '../../domain/stock.js';
import { STOCK_FACTS } from '../tables/index.js';

// One statement whatever the size of the batch. The guard on version makes facts that come twice, late or out of
// order change nothing; the order of the ids lets two batches that meet wait for each other and not forever.
const SQL = `INSERT INTO product_stock AS held (${STOCK_FACTS.names})
SELECT ${STOCK_FACTS.names} FROM json_to_recordset($1::json) AS fact(${STOCK_FACTS.record}) ORDER BY product_id
ON CONFLICT (product_id) DO UPDATE SET ${STOCK_FACTS.assign('excluded', 'productId')}
WHERE held.version < excluded.version`;

/** Keeps what is newer than what is held. At most one fact a product. */
export async function storeStockFacts(sql: SqlClient, facts: readonly StockFact[]): Promise<void> {
  await sql.query(SQL, [JSON.stringify(facts.map((fact) => STOCK_FACTS.write(fact)))]);
}
