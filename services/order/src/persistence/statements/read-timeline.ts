import type { Row, SqlClient } from '@outrider/service-kit/database';
import { TIMELINE, type TimelineRow } from '../tables/timeline.js';

// Each order has an entry, that of its beginning: none means that there is no such order, or none of this customer.
const SQL = `SELECT ${TIMELINE.select('t')} FROM saga_timeline t JOIN orders o ON o.id = t.order_id
WHERE t.order_id = $1::uuid AND ($2::text IS NULL OR o.customer_id = $2::text) ORDER BY t.version`;

/** What happened to an order, in order. @param customerId as in `readOrders` */
export async function readTimeline(
  sql: SqlClient,
  orderId: string,
  customerId: string | null,
): Promise<readonly TimelineRow[]> {
  const { rows } = await sql.query<Row>(SQL, [orderId, customerId]);
  return rows.map((row) => TIMELINE.read(row));
}
