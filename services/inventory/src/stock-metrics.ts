import { Counter, Gauge, type Registry } from 'prom-client';

/** What inventory counts. */
export class StockMetrics {
  readonly active: Gauge;
  readonly #expired: Counter;
  readonly #rejected: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.active = new Gauge({
      name: 'stock_reservations_active',
      help: 'Reservations that hold stock, as this process last counted them in the database',
      registers,
    });
    this.#expired = new Counter({
      name: 'stock_reservation_expired_total',
      help: 'Reservations given back because their time was over',
      registers,
    });
    this.#rejected = new Counter({
      name: 'stock_rejected_total',
      help: 'Orders refused for want of stock or of the product',
      registers,
    });
  }

  /** Takes in what a transaction came to, after its commit. */
  count({ expired, rejected }: { readonly expired: number; readonly rejected: number }): void {
    this.#expired.inc(expired);
    this.#rejected.inc(rejected);
  }
}
