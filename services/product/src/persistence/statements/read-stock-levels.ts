import type { SqlClient } from '@outrider/service-kit/database';
import type { StockLevel } from '../../domain/stock.js';

// Levels and generation in one snapshot: who sees a raised generation also sees every level that was committed before
// it was raised, so nothing older is ever written under it.
const SQL = `SELECT asked.id::text AS id, held.available::float8 AS available, held.version::float8 AS version,
  (extract(epoch FROM held.as_of) * 1000)::float8 AS as_of, stock_generation.generation::float8 AS generation
FROM stock_generation CROSS JOIN unnest($1::uuid[]) AS asked(id)
LEFT JOIN product_stock AS held ON held.product_id = asked.id`;

interface Row {
  readonly id: string;
  readonly available: number | null;
  readonly version: number | null;
  readonly as_of: number | null;
  readonly generation: number;
}

/** Stock of some products, null where no fact has come, and the generation of keys it may be kept under. */
export interface StockReading {
  readonly generation: number;
  readonly levels: ReadonlyMap<string, StockLevel | null>;
}

/** At least one id. */
export async function readStockLevels(sql: SqlClient, productIds: readonly string[]): Promise<StockReading> {
  const { rows } = await sql.query<Row>(SQL, [productIds]);
  const levels = new Map<string, StockLevel | null>();
  for (const { id, available, version, as_of: asOf } of rows) {
    levels.set(id, available === null || version === null || asOf === null ? null : { available, version, asOf });
  }
  const generation = rows[0]?.generation;
  if (generation === undefined) throw new RangeError('stock levels of no product were asked for');
  return { generation, levels };
}
