import type { SqlClient } from '@outrider/service-kit/database';
import type { OrderLine } from '../../domain/accepted-order.js';

// Only orders that end, or ask for their reservation again, need their lines: one statement for all of a batch.
const SQL = `SELECT order_id, product_id, sku, name, quantity, unit_price FROM order_line
WHERE order_id = ANY($1::uuid[]) ORDER BY order_id, position`;

interface Row {
  readonly order_id: string;
  readonly product_id: string;
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  readonly unit_price: string;
}

/** The lines of these orders, by order id. */
export async function readLines(
  sql: SqlClient,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, readonly OrderLine[]>> {
  const { rows } = await sql.query<Row>(SQL, [orderIds]);
  const byOrder = Map.groupBy(rows, (row) => row.order_id);
  return new Map([...byOrder].map(([orderId, lines]) => [orderId, lines.map((line) => lineOf(line))]));
}

function lineOf(row: Row): OrderLine {
  return {
    productId: row.product_id,
    sku: row.sku,
    name: row.name,
    quantity: row.quantity,
    unitPrice: Number(row.unit_price),
  };
}
