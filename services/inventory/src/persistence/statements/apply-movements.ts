import type { SqlClient } from '@outrider/service-kit/database';
import type { LedgerEntry } from '../../domain/stock.js';
import { MOVEMENTS, movementRow } from '../tables/movements.js';

// Ledger and level in one statement: neither is ever written without the other, whatever their number. A product's
// level becomes that of its last movement, guarded by the version before its first: rows are locked by now, so the
// guard fails only where that was forgotten.
const SQL = `WITH entry AS (
  INSERT INTO stock_movement(${MOVEMENTS.names}) SELECT ${MOVEMENTS.names} FROM json_to_recordset($1::json) AS t(${MOVEMENTS.record})
  RETURNING product_id, version, on_hand, reserved
), level AS (
  SELECT DISTINCT ON (product_id) product_id, version, on_hand, reserved, min(version) OVER (PARTITION BY product_id) - 1 AS before
  FROM entry ORDER BY product_id, version DESC
)
UPDATE stock s SET on_hand = l.on_hand, reserved = l.reserved, version = l.version, updated_at = now()
FROM level l WHERE s.product_id = l.product_id AND s.version = l.before`;

/**
 * Writes movements and what they lead to.
 * @throws RangeError when a product was not locked before the movements were decided
 */
export async function applyMovements(sql: SqlClient, entries: readonly LedgerEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const rows = entries.map((entry) => MOVEMENTS.write(movementRow(entry)));
  const { rowCount } = await sql.query(SQL, [JSON.stringify(rows)]);
  const products = new Set(entries.map((entry) => entry.productId)).size;
  if (rowCount !== products) throw new RangeError(`stock of ${products} products moved, but ${rowCount} rows changed`);
}
