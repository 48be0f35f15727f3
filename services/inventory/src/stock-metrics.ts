import { counter, readGauge, type Readings } from '@outrider/service-kit/metrics';
import type { Counter, Registry } from 'prom-client';

/** What inventory counts. */
export class StockMetrics {
  readonly #expired: Counter;
  readonly #rejected: Counter;

  constructor(registry: Registry) {
    this.#expired = counter(registry, {
      name: 'stock_reservation_expired_total',
      help: 'Reservations given back because their time was over',
    });
    this.#rejected = counter(registry, {
      name: 'stock_rejected_total',
      help: 'Orders refused for want of stock or of the product',
    });
  }

  /** Takes in what a transaction came to, after its commit. */
  count({ expired, rejected }: { readonly expired: number; readonly rejected: number }): void {
    this.#expired.inc(expired);
    this.#rejected.inc(rejected);
  }
}

/** How many reservations hold stock, read from the database at each scrape. */
export function activeReservations(registry: Registry, readings: Readings, count: () => Promise<number>): void {
  readGauge(registry, [readings.of('inventory', count)], {
    name: 'stock_reservations_active',
    help: 'Reservations that hold stock',
    labels: [],
    addUp: 'max',
    rows: (active) => [[{}, active] as const],
  });
}
