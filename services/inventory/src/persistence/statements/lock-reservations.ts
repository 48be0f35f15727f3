import type { SqlClient } from '@outrider/service-kit/database';
import type { Reservation } from '../../domain/reservation.js';

// The first lock of a batch: all its reservations, in order of id as everyone takes them. What is locked is read with
// its newest values; orders that have no reservation yet have no row to lock: store-reservations notices when another transaction makes one.
const SQL = `SELECT order_id, id, status, lines, expires_at, waiting_command, created_at, version, traceparent FROM reservation
WHERE order_id = ANY($1::uuid[]) ORDER BY order_id FOR UPDATE`;

interface Row {
  readonly order_id: string;
  readonly id: string;
  readonly status: Reservation['status'];
  readonly lines: Reservation['lines'];
  readonly expires_at: string | null;
  readonly waiting_command: string | null;
  readonly created_at: string;
  readonly version: string;
  readonly traceparent: string | null;
}

/** @returns the reservations that are there, by order id */
export async function lockReservations(
  sql: SqlClient,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, Reservation>> {
  const { rows } = await sql.query<Row>(SQL, [orderIds]);
  return new Map(
    rows.map((row) => [
      row.order_id,
      {
        id: row.id,
        orderId: row.order_id,
        status: row.status,
        lines: row.lines,
        expiresAt: row.expires_at === null ? null : new Date(row.expires_at),
        waitingCommand: row.waiting_command,
        createdAt: new Date(row.created_at),
        version: Number(row.version),
        traceparent: row.traceparent,
      },
    ]),
  );
}
