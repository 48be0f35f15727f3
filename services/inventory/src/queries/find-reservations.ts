import type { Reservation } from '@outrider/contracts';
import type { Transactor } from '@outrider/service-kit/database';
import { ReservationEntity } from '../persistence/entities/reservation.entity.js';

/** The reservation of an order, none or one. One that still waits for a product to become known is not one yet. */
export async function findReservations(transactor: Transactor, orderId: string): Promise<Reservation[]> {
  const found = await transactor.read().em.findOne(ReservationEntity, { orderId });
  if (found === null || found.status === 'WAITING') return [];
  return [
    {
      id: found.id,
      orderId,
      status: found.status,
      lines: found.lines.map(({ productId, quantity }) => ({ productId, quantity })),
      expiresAt: found.status === 'RESERVED' ? (found.expiresAt?.toISOString() ?? null) : null,
      createdAt: found.createdAt.toISOString(),
      updatedAt: found.updatedAt.toISOString(),
    },
  ];
}
