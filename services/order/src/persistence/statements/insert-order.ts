import type { SqlClient } from '@outrider/service-kit/database';
import type { AcceptedOrder, OrderLine } from '../../domain/accepted-order.js';
import type { SagaCommand } from '../../domain/saga-command.js';
import { statusOf, type Saga } from '../../domain/saga-state.js';
import type { TimelineEntry } from '../../domain/timeline.js';
import { ORDER_LINES } from '../tables/order-lines.js';
import { ORDER_ORIGINS, ORDERS } from '../tables/orders.js';
import { commandRow, insertTimeline, SAGA_COLUMNS, SAGA_RECORD, storedSaga, storedEntry } from './saga-rows.js';

// All of an order in one round trip: order, lines, saga, its first command, the first line of its timeline. Foreign keys
// are checked at the statement's end, so the order of the parts does not matter.
const NEW_ORDERS = {
  names: `${ORDERS.names}, ${ORDER_ORIGINS.names}`,
  record: `${ORDERS.record}, ${ORDER_ORIGINS.record}`,
};
const SQL = `WITH o AS (
  INSERT INTO orders(${NEW_ORDERS.names}) SELECT ${NEW_ORDERS.names} FROM json_to_recordset($1::json) AS t(${NEW_ORDERS.record})),
l AS (
  INSERT INTO order_line(${ORDER_LINES.names}) SELECT ${ORDER_LINES.names} FROM json_to_recordset($2::json) AS t(${ORDER_LINES.record})),
s AS (
  INSERT INTO saga(${SAGA_COLUMNS}, traceparent) SELECT ${SAGA_COLUMNS}, $6 FROM json_to_recordset($3::json) AS t(${SAGA_RECORD})),
c AS (
  INSERT INTO saga_command(order_id, command_id, type, sent_at)
  SELECT * FROM json_to_recordset($4::json) AS t(order_id uuid, command_id uuid, type text, sent_at timestamptz))
${insertTimeline(5)}`;

/** An order just accepted, with the commands that it starts with. */
export interface NewOrder {
  readonly order: AcceptedOrder;
  readonly lines: readonly OrderLine[];
  readonly idempotencyKey: string;
  readonly saga: Saga;
  readonly commands: readonly SagaCommand[];
  /** the trace it was placed in, if any */
  readonly traceparent?: string | null;
}

/** @throws the database's unique violation of orders_customer_key when the customer used the key before */
export async function insertOrder(
  sql: SqlClient,
  { order, lines, idempotencyKey, saga, commands, traceparent = null }: NewOrder,
): Promise<void> {
  const now = saga.startedAt;
  const placed: TimelineEntry = {
    orderId: order.id,
    version: saga.version,
    at: now,
    input: 'PLACED',
    step: saga.step,
    status: statusOf(saga),
    eventId: null,
    sent: commands.map(({ type }) => type),
    why: null,
  };
  const orderRow = { ...ORDERS.write(order), ...ORDER_ORIGINS.write({ idempotencyKey, createdAt: now }) };
  const lineRows = lines.map((line, position) => ORDER_LINES.write({ ...line, position, orderId: order.id }));
  await sql.query(SQL, [
    JSON.stringify([orderRow]),
    JSON.stringify(lineRows),
    JSON.stringify([storedSaga(saga, now)]),
    JSON.stringify(commands.map((command) => commandRow(order.id, command, now))),
    JSON.stringify([storedEntry(placed)]),
    traceparent,
  ]);
}
