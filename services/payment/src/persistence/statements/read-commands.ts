import type { SqlClient } from '@outrider/service-kit/database';
import { COMMAND_COLUMNS, commandOf, type CommandRow } from './command-rows.js';
import type { StoredCommand } from '../../domain/command.js';

// An order has three or four commands in all, so all of them are read: answered ones may have to be answered again.
const OF_ORDERS = `SELECT ${COMMAND_COLUMNS} FROM payment_command c WHERE c.order_id = ANY($1::uuid[]) ORDER BY c.position`;

// Two scans of partial indexes on open commands, instead of one scan of all commands.
const OPEN = `SELECT ${COMMAND_COLUMNS}, c.position FROM payment_command c
WHERE c.payment_id = ANY($1::uuid[]) AND c.state = 'RUNNING'
UNION ALL SELECT ${COMMAND_COLUMNS}, c.position FROM payment_command c
WHERE c.payment_id = ANY($1::uuid[]) AND c.state = 'WAITING' ORDER BY position`;

/** Every command of these orders, in the order they came. */
export async function commandsOfOrders(sql: SqlClient, orderIds: readonly string[]): Promise<StoredCommand[]> {
  const { rows } = await sql.query<CommandRow>(OF_ORDERS, [orderIds]);
  return rows.map(commandOf);
}

/** The running and waiting commands of these payments, in the order they came. The payments must be locked. */
export async function openCommands(sql: SqlClient, paymentIds: readonly string[]): Promise<StoredCommand[]> {
  if (paymentIds.length === 0) return [];
  const { rows } = await sql.query<CommandRow>(OPEN, [paymentIds]);
  return rows.map(commandOf);
}
