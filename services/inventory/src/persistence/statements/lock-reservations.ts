import type { Row, SqlClient } from '@outrider/service-kit/database';
import type { Reservation } from '../../domain/reservation.js';
import { RESERVATION_TIMES, RESERVATIONS } from '../tables/reservations.js';

// The first lock of a batch: all its reservations, in order of id as everyone takes them. What is locked is read with
// its newest values; orders that have no reservation yet have no row to lock: store-reservations notices when another transaction makes one.
const SQL = `SELECT ${RESERVATIONS.select('r')}, ${RESERVATION_TIMES.select('r')} FROM reservation r
WHERE r.order_id = ANY($1::uuid[]) ORDER BY r.order_id FOR UPDATE`;

/** @returns the reservations that are there, by order id */
export async function lockReservations(
  sql: SqlClient,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, Reservation>> {
  const { rows } = await sql.query<Row>(SQL, [orderIds]);
  const held = rows.map((row) => ({ ...RESERVATIONS.read(row), ...RESERVATION_TIMES.read(row) }));
  return new Map(held.map((reservation) => [reservation.orderId, reservation]));
}
