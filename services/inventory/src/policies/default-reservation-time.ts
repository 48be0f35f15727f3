import type { ReservationTimePolicy } from './reservation-time.js';

/** The same for every order: RESERVATION_EXPIRY_MS. */
export class DefaultReservationTime implements ReservationTimePolicy {
  constructor(private readonly expiryMs: number) {}

  keepFor(): number {
    return this.expiryMs;
  }
}
