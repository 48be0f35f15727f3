import type { SqlClient } from '@outrider/service-kit/database';
import { COMMAND_COLUMNS, commandOf, type CommandRow, type StoredCommand } from './command-rows.js';

// An order has three or four commands in its life, so all of them are read: the answered ones to answer again.
const OF_ORDERS = `SELECT ${COMMAND_COLUMNS} FROM payment_command c WHERE c.order_id = ANY($1::uuid[]) ORDER BY c.position`;

// Two index scans of the few that are open, instead of one of all there ever were.
const OPEN = `SELECT ${COMMAND_COLUMNS}, c.position FROM payment_command c
WHERE c.payment_id = ANY($1::uuid[]) AND c.state = 'RUNNING'
UNION ALL SELECT ${COMMAND_COLUMNS}, c.position FROM payment_command c
WHERE c.payment_id = ANY($1::uuid[]) AND c.state = 'WAITING' ORDER BY position`;

/** Every command of these orders, in the order they came. */
export async function commandsOfOrders(sql: SqlClient, orderIds: readonly string[]): Promise<StoredCommand[]> {
  const { rows } = await sql.query<CommandRow>(OF_ORDERS, [orderIds]);
  return rows.map(commandOf);
}

/** What of these payments is running or waits behind it, in the order it came. The payments must be locked. */
export async function openCommands(sql: SqlClient, paymentIds: readonly string[]): Promise<StoredCommand[]> {
  if (paymentIds.length === 0) return [];
  const { rows } = await sql.query<CommandRow>(OPEN, [paymentIds]);
  return rows.map(commandOf);
}
