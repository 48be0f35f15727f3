import type { ReservationTimePolicy } from './reservation-time-policy.js';

/** The same for every order: RESERVATION_EXPIRY_MS, and RESERVATION_LONGEST_MS where the customer must act. */
export class DefaultReservationTimePolicy implements ReservationTimePolicy {
  constructor(
    private readonly expiryMs: number,
    private readonly longestMs: number,
  ) {}

  keepFor(): number {
    return this.expiryMs;
  }

  keepAtMost(): number {
    return this.longestMs;
  }
}
