import type { SqlClient } from '@outrider/service-kit/database';
import type { LedgerEntry } from '../../domain/stock.js';

// Ledger and level in one statement: neither is ever written without the other, whatever their number. A product's
// level becomes that of its last movement, guarded by the version before its first: rows are locked by now, so the
// guard fails only where that was forgotten.
const SQL = `WITH entry AS (
  INSERT INTO stock_movement(product_id,version,reason,reference,note,on_hand_delta,reserved_delta,on_hand,reserved)
  SELECT * FROM unnest($1::uuid[],$2::bigint[],$3::text[],$4::text[],$5::text[],$6::bigint[],$7::bigint[],$8::bigint[],$9::bigint[])
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
  const { rowCount } = await sql.query(SQL, [
    entries.map((entry) => entry.productId),
    entries.map((entry) => entry.after.version),
    entries.map((entry) => entry.reason),
    entries.map((entry) => entry.reference),
    entries.map((entry) => entry.note),
    entries.map((entry) => entry.onHandDelta),
    entries.map((entry) => entry.reservedDelta),
    entries.map((entry) => entry.after.onHand),
    entries.map((entry) => entry.after.reserved),
  ]);
  const products = new Set(entries.map((entry) => entry.productId)).size;
  if (rowCount !== products) throw new RangeError(`stock of ${products} products moved, but ${rowCount} rows changed`);
}
