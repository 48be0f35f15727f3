import type { Adjustment } from '@outrider/contracts';
import { defineTable, nullable, type Row, type SqlClient } from '@outrider/service-kit/database';
import type { OrderLine } from '../../domain/accepted-order.js';
import { agreedLines } from '../../domain/paid-parts.js';
import { ORDER_LINES, type LineRow } from '../tables/order-lines.js';
import { ORDERS } from '../tables/orders.js';

interface Terms {
  readonly adjustments: readonly Adjustment[] | null;
  readonly total: number;
}

// Only orders that end, or ask for their reservation again, need their lines: one statement for all of a batch.
// The order's terms come along for lines that do not have their part of the adjustments yet.
const { adjustments, total } = ORDERS.columns;
const TERMS = defineTable<Terms>('orders', { adjustments: nullable(adjustments), total });
const SQL = `SELECT ${ORDER_LINES.select('l')}, CASE WHEN l.adjustment_amount IS NULL THEN o.adjustments END AS adjustments, o.total
FROM order_line l JOIN orders o ON o.id = l.order_id
WHERE l.order_id = ANY($1::uuid[]) ORDER BY l.order_id, l.position`;

/** The lines of these orders, by order id. */
export async function readLines(
  sql: SqlClient,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, readonly OrderLine[]>> {
  const { rows } = await sql.query<Row>(SQL, [orderIds]);
  const read = rows.map((row) => ({ line: ORDER_LINES.read(row), terms: TERMS.read(row) }));
  const byOrder = Map.groupBy(read, ({ line }) => line.orderId);
  return new Map([...byOrder].map(([orderId, rows]) => [orderId, linesOf(rows)]));
}

function linesOf(rows: readonly { readonly line: LineRow; readonly terms: Terms }[]): readonly OrderLine[] {
  const { adjustments, total } = rows[0]?.terms ?? { adjustments: null, total: 0 };
  const stored = rows.map(({ line: { orderId: _orderId, position: _position, ...line } }) => line);
  return agreedLines(stored, adjustments ?? [], total);
}
