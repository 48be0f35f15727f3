import type { Row, SqlClient } from '@outrider/service-kit/database';
import type { StoredCommand } from '../../domain/command.js';
import { commandOf, COMMANDS } from '../tables/commands.js';

// An order has three or four commands in all, so all of them are read: answered ones may have to be answered again.
const OF_ORDERS = `SELECT ${COMMANDS.select('c')} FROM payment_command c WHERE c.order_id = ANY($1::uuid[]) ORDER BY c.position`;

// Two scans of partial indexes on open commands, instead of one scan of all commands.
const OPEN = `SELECT ${COMMANDS.select('c')}, c.position FROM payment_command c
WHERE c.payment_id = ANY($1::uuid[]) AND c.state = 'RUNNING'
UNION ALL SELECT ${COMMANDS.select('c')}, c.position FROM payment_command c
WHERE c.payment_id = ANY($1::uuid[]) AND c.state = 'WAITING' ORDER BY position`;

/** Every command of these orders, in the order they came. */
export async function commandsOfOrders(sql: SqlClient, orderIds: readonly string[]): Promise<StoredCommand[]> {
  const { rows } = await sql.query<Row>(OF_ORDERS, [orderIds]);
  return rows.map((row) => commandOf(COMMANDS.read(row)));
}

/** The running and waiting commands of these payments, in the order they came. The payments must be locked. */
export async function openCommands(sql: SqlClient, paymentIds: readonly string[]): Promise<StoredCommand[]> {
  if (paymentIds.length === 0) return [];
  const { rows } = await sql.query<Row>(OPEN, [paymentIds]);
  return rows.map((row) => commandOf(COMMANDS.read(row)));
}
