import { isTransient } from '@outrider/inbox';
import type { SqlClient, Transactor } from '@outrider/service-kit/database';
import type { DecideReservations } from './decide-reservations.js';

/**
 * Decides the reservations that are due, all in one transaction. One that cannot be decided (its product's stock was
 * changed by hand) must not block the others: then each has a transaction of its own.
 *
 * @param lock finds what is due and locks it, without waiting for a lock
 * @returns how many were found
 * @throws AggregateError with the errors of those that failed, when the others are decided; a transient error at once
 */
export async function decideDue(
  transactor: Transactor,
  decide: DecideReservations,
  lock: (sql: SqlClient) => Promise<readonly string[]>,
): Promise<number> {
  let found: readonly string[] = [];
  const inOne = transactor.run(async (tx) => {
    found = await lock(tx.sql);
    return decide.execute(tx, found.map(due));
  });
  const failure = await inOne.then(
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
      const committed = await transactor.run((tx) => decide.execute(tx, [due(orderId)]));
      await committed?.();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    throw new AggregateError(failures, `${failures.length} of ${found.length} reservations could not be decided`);
  }
  return found.length;
}

function due(orderId: string): { readonly kind: 'due'; readonly orderId: string } {
  return { kind: 'due', orderId };
}
