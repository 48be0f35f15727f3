import { BOOK_DIFFERENCE_KINDS, type BookDifference } from '@outrider/contracts';
import { Gauge, type Registry } from 'prom-client';

/** What the last round found, by kind; every kind is there from the start. */
export class BooksMetrics {
  readonly #differences;
  readonly #checkedAt;
  readonly #ledgerCheckedAt;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#differences = new Gauge({
      name: 'books_difference',
      help: 'Differences between the books that stand as of the last check',
      labelNames: ['kind'],
      registers,
    });
    this.#checkedAt = new Gauge({
      name: 'books_checked_timestamp_seconds',
      help: 'When the last check of the books ended; 0 before the first',
      registers,
    });
    this.#ledgerCheckedAt = new Gauge({
      name: 'books_ledger_checked_timestamp_seconds',
      help: 'When payment last ended a check of the ledger of the provider, as of the last check of the books; 0 before the first',
      registers,
    });
    this.show([]);
  }

  /**
   * @param checkedAt ms since 1970; none yet without it
   * @param ledgerCheckedAt when payment last ended a check of the provider's ledger; never yet without it
   */
  show(differences: readonly BookDifference[], checkedAt?: number, ledgerCheckedAt?: Date): void {
    for (const kind of BOOK_DIFFERENCE_KINDS) {
      this.#differences.set({ kind }, differences.filter((one) => one.kind === kind).length);
    }
    if (checkedAt !== undefined) this.#checkedAt.set(checkedAt / 1_000);
    if (ledgerCheckedAt !== undefined) this.#ledgerCheckedAt.set(ledgerCheckedAt.getTime() / 1_000);
  }
}
