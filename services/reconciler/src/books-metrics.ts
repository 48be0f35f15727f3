import { BOOK_DIFFERENCE_KINDS, type BookDifference } from '@outrider/contracts';
import { gauge } from '@outrider/service-kit/metrics';
import type { Registry } from 'prom-client';

/** The differences by kind, as of the last round; every kind is there after the first. What is not known yet is absent. */
export class BooksMetrics {
  readonly #differences;
  readonly #checkedAt;
  readonly #ledgerCheckedAt;

  constructor(registry: Registry) {
    this.#differences = gauge(registry, {
      name: 'books_difference',
      help: 'Differences between the books, as of the last check; absent before the first',
      labels: { kind: [] },
      addUp: 'max',
    });
    this.#checkedAt = gauge(registry, {
      name: 'books_checked_timestamp_seconds',
      help: 'When the last check of the books ended; 0 before the first',
      addUp: 'max',
    });
    this.#ledgerCheckedAt = gauge(registry, {
      name: 'books_ledger_checked_timestamp_seconds',
      help: 'When payment last finished a check of the ledger of its provider, as of the last check of the books; 0 before the first',
      addUp: 'max',
    });
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
