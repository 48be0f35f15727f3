import { setTimeout as sleep } from 'node:timers/promises';
import { refusalOf } from '@outrider/common';
import type pg from 'pg';

/** Before each further try, ms. */
const WAITS_MS = [25, 50, 100, 200, 400, 800];

/**
 * A server knows one password of a role, so while one is exchanged there and in its file, a login may be refused that is
 * good a moment later. Has a pool make such a connection again, for about 1.6 s, before those who wait for it get the error;
 * nothing was done yet, so nothing is done twice. To be called before the pool is used.
 */
export function tryRefusedLoginsAgain(pool: pg.Pool): void {
  const connect = pool.connect.bind(pool) as (...done: readonly unknown[]) => Promise<pg.PoolClient>;
  const connectAgain = async (): Promise<pg.PoolClient> => {
    for (const wait of WAITS_MS) {
      try {
        return await connect();
      } catch (error) {
        if (refusalOf(error) !== 'login') throw error;
      }
      await sleep(wait);
    }
    return connect();
  };
  // the ORM asks for a promise; who gives a function, as the pool's own `query` does, is answered as before
  pool.connect = ((...done: readonly unknown[]) =>
    done.length === 0 ? connectAgain() : connect(...done)) as pg.Pool['connect'];
}
