import { BOOK_DIFFERENCE_KINDS, type BookDifference } from '@outrider/contracts';
import { Gauge, type Registry } from 'prom-client';

/** The differences by kind, as of the last round; every kind is there from the start. */
export class BooksMetrics {
  readonly #differences;
  readonly #checkedAt;
  readonly #ledgerCheckedAt;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#differences = new Gauge({
      name: 'books_difference',
      help: 'Differences between the books, as of the last check',
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
      help: 'When payment last finished a check of the ledger of its provider, as of the last check of the books; 0 before the first',
      registers,
    });
    this.show([]);
  }

  /**
   * @param checkedAt ms since 1970; undefined: none yet
   * @param ledgerCheckedAt when payment last finished a check of the provider's ledger; undefined: never
   */
  show(differences: readonly BookDifference[], checkedAt?: number, ledgerCheckedAt?: Date): void {
    for (const kind of BOOK_DIFFERENCE_KINDS) {
      this.#differences.set({ kind }, differences.filter((one) => one.kind === kind).length);
    }
    if (checkedAt !== undefined) this.#checkedAt.set(checkedAt / 1_000);
    if (ledgerCheckedAt !== undefined) this.#ledgerCheckedAt.set(ledgerCheckedAt.getTime() / 1_000);
  }
}
