import { defineEntity, p } from '@mikro-orm/core';
import type { Reservation, ReservationLine } from '../../domain/reservation.js';

/** For reading. Reservations change set-wise only, by store-reservations. */
export const ReservationEntity = defineEntity({
  name: 'Reservation',
  tableName: 'reservation',
  properties: {
    orderId: p.uuid().primary(),
    id: p.uuid(),
    status: p.string().$type<Reservation['status']>(),
    lines: p.json<readonly ReservationLine[]>(),
    expiresAt: p.datetime().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});
