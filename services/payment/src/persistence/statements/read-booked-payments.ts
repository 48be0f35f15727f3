import type { Row, SqlClient } from '@outrider/service-kit/database';
import type { BookedPayment } from '../../domain/charge-difference.js';
import { PAYMENTS } from '../tables/payments.js';
import { DISPUTES, REFUNDS } from '../tables/refunds-and-disputes.js';

// Row and commands in one statement, so of one moment: a payment that is not busy is as its last operation left it. A
// command may start and end between two reads, but then the row has changed.
const BOOKED = PAYMENTS.pick(
  'orderId',
  'status',
  'amount',
  'currency',
  'capturedAmount',
  'refundedAmount',
  'provider',
  'providerReference',
);
const REFUND = REFUNDS.pick('id', 'status');
const DISPUTE = DISPUTES.pick('id', 'status');
const PAYMENT = `SELECT ${BOOKED.select('p')}, p.updated_at::text AS row_version,
  coalesce((SELECT json_agg(x) FROM (SELECT ${REFUND.select('r')} FROM refund r
    WHERE r.payment_id = p.id AND p.captured_amount > 0) x), '[]') AS refunds,
  coalesce((SELECT json_agg(x) FROM (SELECT ${DISPUTE.select('d')} FROM dispute d
    WHERE d.payment_id = p.id AND p.captured_amount > 0) x), '[]') AS disputes,
  EXISTS (SELECT FROM payment_command c WHERE c.payment_id = p.id AND c.state = 'RUNNING')
    OR EXISTS (SELECT FROM payment_command c WHERE c.payment_id = p.id AND c.state = 'WAITING') AS busy
FROM payment p`;

type BookedRow = Row & {
  readonly row_version: string;
  readonly refunds: readonly Row[];
  readonly disputes: readonly Row[];
  readonly busy: boolean;
};

function bookedOf(row: BookedRow): BookedPayment {
  const { providerReference: reference, ...stored } = BOOKED.read(row);
  return {
    ...stored,
    reference,
    refunds: row.refunds.map((one) => REFUND.read(one)),
    disputes: row.disputes.map((one) => DISPUTE.read(one)),
    busy: row.busy,
    version: row.row_version,
  };
}

const OF_ORDERS = `${PAYMENT} WHERE p.order_id = ANY($1::uuid[])`;

// Order ids are ordered by time and a key of this table, so a span of time is a range of an index that exists anyway.
const OF_SPAN = `${PAYMENT} WHERE p.provider = $1 AND p.order_id >= $2 AND p.order_id < $3
ORDER BY p.order_id DESC LIMIT $4`;

/** @returns the payments of these orders, by order id */
export async function paymentsOfOrders(
  sql: SqlClient,
  orderIds: readonly string[],
): Promise<Map<string, BookedPayment>> {
  if (orderIds.length === 0) return new Map();
  const { rows } = await sql.query<BookedRow>(OF_ORDERS, [orderIds]);
  return new Map(rows.map(bookedOf).map((payment) => [payment.orderId, payment]));
}

/** @returns payments made through this provider, of orders from one id on and before another, newest first */
export async function paymentsOfSpan(
  sql: SqlClient,
  provider: string,
  from: string,
  before: string,
  limit: number,
): Promise<readonly BookedPayment[]> {
  return (await sql.query<BookedRow>(OF_SPAN, [provider, from, before, limit])).rows.map(bookedOf);
}
