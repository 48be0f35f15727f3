import type { Row, SqlClient } from '@outrider/service-kit/database';
import type { StoredLine } from '../../domain/paid-parts.js';
import { DISPUTE_TIMES, disputeOf, DISPUTES } from '../tables/disputes.js';
import { ORDER_LINES } from '../tables/order-lines.js';
import { ORDER_ORIGINS, ORDERS } from '../tables/orders.js';
import { SAGA_UPDATES, SAGAS } from '../tables/sagas.js';

const ORDER = ORDERS.pick('id', 'customerId', 'reference', 'currency', 'adjustments', 'total', 'metadata');
const PLACED = ORDER_ORIGINS.pick('createdAt');
const SAGA = SAGAS.pick(
  'step',
  'status',
  'refundedAmount',
  'reason',
  'reasonDetail',
  'shortages',
  'check',
  'checkCode',
  'action',
  'version',
);
const LINE = ORDER_LINES.pick('position', 'productId', 'sku', 'name', 'quantity', 'unitPrice', 'adjustmentAmount');
const DISPUTE = DISPUTES.pick('disputeId', 'amount', 'withheldAmount', 'reason', 'respondBy', 'status');

// One statement for all that is shown of some orders: they are polled, and each further statement is a round trip. What
// an order has several of comes as JSON: joined, each line would repeat the whole order, once more for each dispute.
const SQL = `SELECT ${ORDER.select('o')}, ${PLACED.select('o')}, ${SAGA.select('s')}, ${SAGA_UPDATES.select('s')},
(SELECT json_agg(x ORDER BY x.position) FROM (SELECT ${LINE.select('l')} FROM order_line l WHERE l.order_id = o.id) x) AS lines,
(SELECT json_agg(x) FROM (SELECT ${DISPUTE.select('d')}, ${DISPUTE_TIMES.select('d')} FROM dispute d
  WHERE d.order_id = o.id ORDER BY d.created_at, d.dispute_id) x) AS disputes
FROM orders o JOIN saga s ON s.order_id = o.id
WHERE o.id = ANY($1::uuid[]) AND ($2::text IS NULL OR o.customer_id = $2::text)`;

type OrderWithParts = Row & { readonly lines: readonly Row[] | null; readonly disputes: readonly Row[] | null };

/** An order, its lines and disputes, and where it stands. */
export type ReadOrder = ReturnType<typeof orderOf>;

/**
 * These orders by id; unknown ones are not in the answer.
 * @param customerId the orders of others are not in the answer either; null: those of all
 */
export async function readOrders(
  sql: SqlClient,
  ids: readonly string[],
  customerId: string | null,
): Promise<ReadonlyMap<string, ReadOrder>> {
  const { rows } = await sql.query<OrderWithParts>(SQL, [ids, customerId]);
  return new Map(rows.map(orderOf).map((read) => [read.order.id, read]));
}

function orderOf(row: OrderWithParts) {
  return {
    order: ORDER.read(row),
    saga: SAGA.read(row),
    lines: (row.lines ?? []).map((line): StoredLine => {
      const { position: _, ...stored } = LINE.read(line);
      return stored;
    }),
    disputes: (row.disputes ?? []).map((dispute) => ({
      ...disputeOf(DISPUTE.read(dispute)),
      ...DISPUTE_TIMES.read(dispute),
    })),
    ...PLACED.read(row),
    ...SAGA_UPDATES.read(row),
  };
}
