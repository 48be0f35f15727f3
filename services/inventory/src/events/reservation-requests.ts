import type { EventOf } from '@outrider/contracts';
import { subscribe, type EventSubscription } from '@outrider/service-kit/runtime';
import type { DecideReservations } from '../commands/decide-reservations.js';
import type { ReservationInput } from '../domain/reservation.js';

/** order → inventory: what orders request of stock. */
export function reservationRequests(decide: DecideReservations): EventSubscription {
  return subscribe('reservation-event', (tx, messages) =>
    decide.execute(
      tx,
      messages.map(({ event }) => inputOf(event)),
    ),
  );
}

function inputOf({ orderId, ...event }: EventOf<'reservation-event'>): ReservationInput {
  const { commandId } = event.payload;
  switch (event.eventType) {
    case 'RESERVATION_CREATE_REQUEST':
      return { kind: 'create', orderId, commandId, lines: event.payload.lines };
    case 'RESERVATION_EXTEND_REQUEST':
      return { kind: 'extend', orderId, commandId, until: new Date(event.payload.until) };
    case 'RESERVATION_CONFIRM_REQUEST':
      return { kind: 'confirm', orderId, commandId };
    case 'RESERVATION_RELEASE_REQUEST':
      return { kind: 'release', orderId, commandId };
    case 'RESERVATION_RESTOCK_REQUEST': {
      const { refundId, lines } = event.payload;
      return { kind: 'restock', orderId, commandId, refundId, lines };
    }
  }
}
