import type { Row, SqlClient } from '@outrider/service-kit/database';
import type { StockLevel } from '../../domain/stock.js';
import { STOCK_FACTS } from '../tables/index.js';

// Levels and generation in one snapshot: who sees a raised generation also sees every level that was committed before
// it was raised, so nothing older is ever written under it.
const LEVEL = STOCK_FACTS.pick('available', 'version', 'asOf');
const SQL = `SELECT asked.id, ${LEVEL.select('held')}, stock_generation.generation::float8 AS generation
FROM stock_generation CROSS JOIN unnest($1::uuid[]) AS asked(id)
LEFT JOIN product_stock AS held ON held.product_id = asked.id`;

type Held = Row & { readonly id: string; readonly generation: number };

/** Stock of some products, null where no fact has come, and the generation of keys it may be kept under. */
export interface StockReading {
  readonly generation: number;
  readonly levels: ReadonlyMap<string, StockLevel | null>;
}

/** At least one id. */
export async function readStockLevels(sql: SqlClient, productIds: readonly string[]): Promise<StockReading> {
  const { rows } = await sql.query<Held>(SQL, [productIds]);
  const levels = new Map<string, StockLevel | null>();
  for (const row of rows) levels.set(row.id, row[LEVEL.columns.version.name] === null ? null : LEVEL.read(row));
  const generation = rows[0]?.generation;
  if (generation === undefined) throw new RangeError('stock levels of no product were asked for');
  return { generation, levels };
}
