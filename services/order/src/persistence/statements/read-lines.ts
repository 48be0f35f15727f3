import type { Adjustment } from '@outrider/contracts';
import type { SqlClient } from '@outrider/service-kit/database';
import type { OrderLine } from '../../domain/accepted-order.js';
import { agreedLines, type StoredLine } from '../../domain/paid-parts.js';

// Only orders that end, or ask for their reservation again, need their lines: one statement for all of a batch.
// The order's terms come along for lines that do not have their part of the adjustments yet.
const SQL = `SELECT l.order_id, l.product_id, l.sku, l.name, l.quantity, l.unit_price, l.adjustment_amount,
  CASE WHEN l.adjustment_amount IS NULL THEN o.adjustments END AS adjustments, o.total
FROM order_line l JOIN orders o ON o.id = l.order_id
WHERE l.order_id = ANY($1::uuid[]) ORDER BY l.order_id, l.position`;

interface Row {
  readonly order_id: string;
  readonly product_id: string;
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  readonly unit_price: string;
  readonly adjustment_amount: string | null;
  readonly adjustments: readonly Adjustment[] | null;
  readonly total: string;
}

/** The lines of these orders, by order id. */
export async function readLines(
  sql: SqlClient,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, readonly OrderLine[]>> {
  const { rows } = await sql.query<Row>(SQL, [orderIds]);
  const byOrder = Map.groupBy(rows, (row) => row.order_id);
  return new Map([...byOrder].map(([orderId, rows]) => [orderId, linesOf(rows)]));
}

function linesOf(rows: readonly Row[]): readonly OrderLine[] {
  const { adjustments = null, total = '0' } = rows[0] ?? {};
  const stored = rows.map((row) => lineOf(row));
  return agreedLines(stored, adjustments ?? [], Number(total));
}

function lineOf(row: Row): StoredLine {
  return {
    productId: row.product_id,
    sku: row.sku,
    name: row.name,
    quantity: row.quantity,
    unitPrice: Number(row.unit_price),
    adjustmentAmount: row.adjustment_amount === null ? null : Number(row.adjustment_amount),
  };
}
