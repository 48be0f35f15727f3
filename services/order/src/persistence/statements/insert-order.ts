import type { SqlClient } from '@outrider/service-kit/database';
import type { AcceptedOrder, OrderLine } from '../../domain/accepted-order.js';
import type { SagaCommand } from '../../domain/saga-command.js';
import { statusOf, type Saga } from '../../domain/saga-state.js';
import type { TimelineEntry } from '../../domain/timeline.js';
import { jsonOrNull } from './json.js';
import { commandRow, insertTimeline, sagaRow, SAGA_COLUMNS, SAGA_RECORD, timelineRow } from './saga-rows.js';

// All of an order in one round trip: order, lines, saga, its first command, the first line of its timeline. Foreign keys
// are checked at the statement's end, so the order of the parts does not matter.
const SQL = `WITH o AS (
  INSERT INTO orders(id, customer_id, idempotency_key, reference, currency, payment_method, adjustments, total, created_at, metadata)
  VALUES ($1,$2,$3,$4,$5,$6,$7::jsonb,$8,$9,$14::jsonb)),
l AS (
  INSERT INTO order_line(order_id, position, product_id, sku, name, quantity, unit_price, adjustment_amount)
  SELECT $1, t.* FROM json_to_recordset($10::json)
    AS t(position int, "productId" uuid, sku text, name text, quantity int, "unitPrice" bigint, "adjustmentAmount" bigint)),
s AS (
  INSERT INTO saga(${SAGA_COLUMNS}, traceparent) SELECT ${SAGA_COLUMNS}, $15 FROM json_to_recordset($11::json) AS t(${SAGA_RECORD})),
c AS (
  INSERT INTO saga_command(order_id, command_id, type, sent_at)
  SELECT * FROM json_to_recordset($12::json) AS t(order_id uuid, command_id uuid, type text, sent_at timestamptz))
${insertTimeline(13)}`;

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
  await sql.query(SQL, [
    order.id,
    order.customerId,
    idempotencyKey,
    order.reference,
    order.currency,
    order.paymentMethod,
    JSON.stringify(order.adjustments),
    order.total,
    now,
    JSON.stringify(lines.map((line, position) => ({ ...line, position }))),
    JSON.stringify([sagaRow(saga, now)]),
    JSON.stringify(commands.map((command) => commandRow(order.id, command, now))),
    JSON.stringify([timelineRow(placed)]),
    jsonOrNull(order.metadata),
    traceparent,
  ]);
}
