import type { Row, SqlClient } from '@outrider/service-kit/database';
import type { Payment } from '../../domain/payment.js';
import { awaitsCustomer, awaitsRefund } from '../../domain/outcome.js';
import { withRefundsAndDisputes } from './refunds-and-disputes.js';
import { lockPaymentsOfOrders } from './lock-payments.js';
import { commandOf, COMMANDS } from '../tables/commands.js';
import { paymentOf, PAYMENTS } from '../tables/payments.js';
import type { StoredCommand } from '../../domain/command.js';

// Attempts whose lease has expired, or whose wait is over. The payment is locked first, as everywhere; one that another
// transaction holds is skipped, for an update is just being applied to it. The payment is returned as it was locked: read
// separately, it could be older. An attempt with an owner was claimed by a process that did not finish it: whether its
// request was sent is not known.
const CLAIM = `WITH due AS (
  SELECT p.* FROM payment_command c JOIN payment p ON p.id = c.payment_id
  WHERE c.state = 'RUNNING' AND c.due_at <= now() ORDER BY c.due_at LIMIT $1 FOR UPDATE OF p SKIP LOCKED)
UPDATE payment_command c SET owner = $2, due_at = now() + $3::float8 * interval '1 millisecond',
  version = c.version + 1, in_doubt = c.in_doubt OR c.owner IS NOT NULL
FROM due WHERE c.payment_id = due.id AND c.state = 'RUNNING' AND c.due_at <= now()
RETURNING ${COMMANDS.select('c')}, row_to_json(due) AS payment`;

const PUT_IN_DOUBT = `UPDATE payment SET status = 'IN_DOUBT', updated_at = now() WHERE id = ANY($1::uuid[])`;

const CLAIMED = COMMANDS.pick('orderId', 'commandId', 'version');
const UNCLAIM = `UPDATE payment_command c SET owner = NULL, due_at = now(), version = c.version + 1
FROM json_to_recordset($1::json) AS r(${CLAIMED.record})
WHERE c.order_id = r.order_id AND c.command_id = r.command_id AND c.version = r.version AND c.state = 'RUNNING'`;

export interface ClaimedAttempt {
  readonly payment: Payment;
  readonly command: StoredCommand;
}

/** Claims up to `limit` due attempts for `leaseMs`. Inside a transaction. */
export async function claimDueAttempts(
  sql: SqlClient,
  owner: string,
  leaseMs: number,
  limit: number,
): Promise<ClaimedAttempt[]> {
  const { rows } = await sql.query<Row & { readonly payment: Row }>(CLAIM, [limit, owner, leaseMs]);
  const payments = await withRefundsAndDisputes(
    sql,
    rows.map(({ payment }) => paymentOf(PAYMENTS.read(payment))),
  );
  const claimed = rows.flatMap((row, at) => {
    const payment = payments[at];
    return payment === undefined ? [] : [{ payment, command: commandOf(COMMANDS.read(row)) }];
  });
  // what waits for the customer or for a pending refund was only looked up: it is not in doubt
  const doubtful = claimed
    .filter(({ command, payment }) => command.inDoubt && !isWaiting(payment, command))
    .map(({ payment }) => payment.id);
  if (doubtful.length > 0) await sql.query(PUT_IN_DOUBT, [doubtful]);
  return claimed;
}

function isWaiting(payment: Payment, command: StoredCommand): boolean {
  const { operation } = command;
  return operation !== null && (awaitsCustomer(payment, operation) || awaitsRefund(payment, { ...command, operation }));
}

/** Gives up claims of attempts that were not started, except those that another process has claimed meanwhile. */
export async function unclaimAttempts(sql: SqlClient, commands: readonly StoredCommand[]): Promise<void> {
  if (commands.length === 0) return;
  // a transaction that applies an answer at the same time must find the version that it has read
  await lockPaymentsOfOrders(
    sql,
    commands.map((command) => command.orderId),
  );
  await sql.query(UNCLAIM, [JSON.stringify(commands.map((command) => CLAIMED.write(command)))]);
}
