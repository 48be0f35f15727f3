import type { Reservation } from '@outrider/contracts';
import type { Row, Transactor } from '@outrider/service-kit/database';
import { RESERVATION_TIMES, RESERVATION_UPDATES, RESERVATIONS } from '../persistence/tables/reservations.js';

const SHOWN = RESERVATIONS.pick('id', 'status', 'lines', 'expiresAt');
const SQL = `SELECT ${SHOWN.select('r')}, ${RESERVATION_TIMES.select('r')}, ${RESERVATION_UPDATES.select('r')}
FROM reservation r WHERE r.order_id = $1`;

/** The reservation of an order, none or one. One that still waits for a product to become known is not one yet. */
export async function findReservations(transactor: Transactor, orderId: string): Promise<Reservation[]> {
  const [row] = (await transactor.read().query<Row>(SQL, [orderId])).rows;
  if (row === undefined) return [];
  const { id, status, lines, expiresAt } = SHOWN.read(row);
  if (status === 'WAITING') return [];
  return [
    {
      id,
      orderId,
      status,
      lines: lines.map(({ productId, quantity }) => ({ productId, quantity })),
      expiresAt: status === 'RESERVED' ? (expiresAt?.toISOString() ?? null) : null,
      createdAt: RESERVATION_TIMES.read(row).createdAt.toISOString(),
      updatedAt: RESERVATION_UPDATES.read(row).updatedAt.toISOString(),
    },
  ];
}
