import type { Row, SqlClient } from '@outrider/service-kit/database';
import type { StoredCommand } from '../../domain/command.js';
import { commandOf, COMMANDS } from '../tables/commands.js';

// An order has three or four commands in all, so all of them are read: answered ones may have to be answered again.
const OF_ORDERS = `SELECT ${COMMANDS.select('c')} FROM payment_command c WHERE c.order_id = ANY($1::uuid[]) ORDER BY c.position`;

// Two scans of partial indexes on open commands, instead of one scan of all commands.
const OF_PAYMENTS = `c.payment_id = ANY(ARRAY(SELECT p.id FROM payment p WHERE p.order_id = ANY($1::uuid[])))`;
const OPEN = `SELECT ${COMMANDS.select('c')}, c.position FROM payment_command c WHERE ${OF_PAYMENTS} AND c.state = 'RUNNING'
UNION ALL SELECT ${COMMANDS.select('c')}, c.position FROM payment_command c WHERE ${OF_PAYMENTS} AND c.state = 'WAITING'
ORDER BY position`;

/** Every command of these orders, in the order they came. */
export async function commandsOfOrders(sql: SqlClient, orderIds: readonly string[]): Promise<StoredCommand[]> {
  const { rows } = await sql.query<Row>(OF_ORDERS, [orderIds]);
  return rows.map((row) => commandOf(COMMANDS.read(row)));
}

/** The running and waiting commands of these orders' payments, in the order they came. To be read after the payments were locked. */
export async function openCommands(sql: SqlClient, orderIds: readonly string[]): Promise<StoredCommand[]> {
  if (orderIds.length === 0) return [];
  const { rows } = await sql.query<Row>(OPEN, [orderIds]);
  return rows.map((row) => commandOf(COMMANDS.read(row)));
}
