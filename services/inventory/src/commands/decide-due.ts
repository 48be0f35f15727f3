import { isTransient } from '@outrider/inbox';
import type { SqlClient, Transactor } from '@outrider/service-kit/database';
import type { Logger } from '@outrider/service-kit/logging';
import type { DecideReservations } from './decide-reservations.js';

export interface DecideDueSettings {
  readonly transactor: Transactor;
  readonly decide: DecideReservations;
  readonly log: Pick<Logger, 'error'>;
  /** the most reservations in one transaction */
  readonly atOnce?: number;
  /** after how many ms one that could not be decided is tried again */
  readonly againMs?: number;
}

/** Finds up to `limit` reservations that are due, and none of `except`, and locks them, without waiting for a lock. */
export type LockDue = (sql: SqlClient, limit: number, except: readonly string[]) => Promise<readonly string[]>;

/**
 * Decides the reservations that are due, all in one transaction. One that cannot be decided (its product's stock was
 * changed by hand) must not block the others: then each has a transaction of its own, and those that fail are skipped
 * for a while.
 */
export class DecideDue {
  readonly #atOnce: number;
  readonly #againMs: number;
  /**
   * Reservations that could not be decided, and until when they are skipped: the longest due come first, and enough of
   * these would block all others.
   */
  readonly #broken = new Map<string, number>();

  constructor(private readonly settings: DecideDueSettings) {
    this.#atOnce = settings.atOnce ?? 200;
    this.#againMs = settings.againMs ?? 300_000;
  }

  /**
   * @returns true when there may be more that are due
   * @throws what is worth a retry; what else fails is logged
   */
  async execute(lock: LockDue): Promise<boolean> {
    const { transactor, decide, log } = this.settings;
    const broken = this.#stillBroken();
    let found: readonly string[] = [];
    try {
      const committed = await transactor.run(async (tx) => {
        found = await lock(tx.sql, this.#atOnce, broken);
        return decide.execute(tx, found.map(due));
      });
      await committed?.();
      return found.length === this.#atOnce;
    } catch (error) {
      if (found.length === 0 || isTransient(error)) throw error;
    }
    for (const orderId of found) {
      try {
        const committed = await transactor.run((tx) => decide.execute(tx, [due(orderId)]));
        await committed?.();
      } catch (error) {
        if (isTransient(error)) throw error;
        this.#broken.set(orderId, Date.now() + this.#againMs);
        log.error({ err: error, orderId }, 'a due reservation could not be decided');
      }
    }
    return found.length === this.#atOnce;
  }

  #stillBroken(): readonly string[] {
    for (const [orderId, until] of this.#broken) if (until <= Date.now()) this.#broken.delete(orderId);
    return [...this.#broken.keys()];
  }
}

function due(orderId: string): { readonly kind: 'due'; readonly orderId: string } {
  return { kind: 'due', orderId };
}
