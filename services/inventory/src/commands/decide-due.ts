import { isTransient } from '@outrider/inbox';
import type { SqlClient, Transactor } from '@outrider/service-kit/database';
import type { SettleReservations } from './decide-reservations.js';

/**
 * Settles what is due, all in one transaction. One that cannot be settled (somebody changed its product's stock by hand
 * to what cannot be) is not to keep the others waiting: then each has a transaction of its own.
 *
 * @param lock finds what is due and locks it, waiting for nobody
 * @returns how many were found
 * @throws AggregateError with what some of them failed by, when the others are settled; before that, what is transient
 */
export async function settleDue(
  transactor: Transactor,
  settle: SettleReservations,
  lock: (sql: SqlClient) => Promise<readonly string[]>,
): Promise<number> {
  let found: readonly string[] = [];
  const together = transactor.run(async (tx) => {
    found = await lock(tx.sql);
    return settle.settle(tx, found.map(due));
  });
  const failure = await together.then(
    async (committed): Promise<undefined> => {
      await committed?.();
      return undefined;
    },
    (error: unknown) => ({ error }),
  );
  if (failure === undefined) return found.length;
  if (found.length < 2 || isTransient(failure.error)) throw failure.error;
  const failures: unknown[] = [];
  for (const orderId of found) {
    try {
      const committed = await transactor.run((tx) => settle.settle(tx, [due(orderId)]));
      await committed?.();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    throw new AggregateError(failures, `${failures.length} of ${found.length} reservations could not be settled`);
  }
  return found.length;
}

function due(orderId: string): { readonly kind: 'due'; readonly orderId: string } {
  return { kind: 'due', orderId };
}
