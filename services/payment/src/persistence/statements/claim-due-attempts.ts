import type { SqlClient } from '@outrider/service-kit/database';
import type { Payment } from '../../domain/payment.js';
import { awaitsCustomer, awaitsRefund } from '../../domain/outcome.js';
import { withRefundsAndDisputes } from './refunds-and-disputes.js';
import { lockPaymentsOfOrders, paymentOf, type PaymentRow } from './lock-payments.js';
import { COMMAND_COLUMNS, commandOf, type CommandRow, type StoredCommand } from './command-rows.js';

// Attempts whose lease has ended, or whose wait is over. The payment's lock comes first, as everywhere, and one that is
// held elsewhere is passed over: its holder is just settling it. The payment is shown as it was locked: read beside, it
// might be as it was before somebody settled it a moment ago. One with an owner was claimed by a process that did not come
// back: whether its request went out nobody knows.
const TAKE = `WITH due AS (
  SELECT p.* FROM payment_command c JOIN payment p ON p.id = c.payment_id
  WHERE c.state = 'RUNNING' AND c.due_at <= now() ORDER BY c.due_at LIMIT $1 FOR UPDATE OF p SKIP LOCKED)
UPDATE payment_command c SET owner = $2, due_at = now() + $3::float8 * interval '1 millisecond',
  version = c.version + 1, in_doubt = c.in_doubt OR c.owner IS NOT NULL
FROM due WHERE c.payment_id = due.id AND c.state = 'RUNNING' AND c.due_at <= now()
RETURNING ${COMMAND_COLUMNS}, row_to_json(due) AS payment`;

const DOUBT = `UPDATE payment SET status = 'IN_DOUBT', updated_at = now() WHERE id = ANY($1::uuid[])`;

const GIVE_BACK = `UPDATE payment_command c SET owner = NULL, due_at = now(), version = c.version + 1
FROM json_to_recordset($1::json) AS r("orderId" uuid, "commandId" uuid, version integer)
WHERE c.order_id = r."orderId" AND c.command_id = r."commandId" AND c.version = r.version AND c.state = 'RUNNING'`;

export interface Taken {
  readonly payment: Payment;
  readonly command: StoredCommand;
}

/** Takes attempts that are due, up to `limit`, for `leaseMs`. Inside a transaction. */
export async function takeDue(sql: SqlClient, owner: string, leaseMs: number, limit: number): Promise<Taken[]> {
  const { rows } = await sql.query<CommandRow & { payment: PaymentRow }>(TAKE, [limit, owner, leaseMs]);
  const payments = await withRefundsAndDisputes(
    sql,
    rows.map(({ payment }) => paymentOf(payment)),
  );
  const taken = rows.flatMap((row, at) => {
    const payment = payments[at];
    return payment === undefined ? [] : [{ payment, command: commandOf(row) }];
  });
  // what waits for the customer, or is being given back, is only looked up: nobody doubts it
  const doubtful = taken
    .filter(({ command, payment }) => command.inDoubt && !waits(payment, command))
    .map(({ payment }) => payment.id);
  if (doubtful.length > 0) await sql.query(DOUBT, [doubtful]);
  return taken;
}

function waits(payment: Payment, command: StoredCommand): boolean {
  const { operation } = command;
  return operation !== null && (awaitsCustomer(payment, operation) || awaitsRefund(payment, { ...command, operation }));
}

/** Lets others have attempts that were claimed and never begun; those taken over meanwhile stay as they are. */
export async function giveBack(sql: SqlClient, commands: readonly StoredCommand[]): Promise<void> {
  if (commands.length === 0) return;
  // who settles one at the same time must find the version that he has read
  await lockPaymentsOfOrders(
    sql,
    commands.map((command) => command.orderId),
  );
  const rows = commands.map(({ orderId, commandId, version }) => ({ orderId, commandId, version }));
  await sql.query(GIVE_BACK, [JSON.stringify(rows)]);
}
