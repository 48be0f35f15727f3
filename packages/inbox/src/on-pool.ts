import { poolTransaction, type SqlClient } from '@outrider/common';
import type pg from 'pg';
import type { InboxOptions } from './inbox.js';
import { isTransient } from './processing/transient.js';

/** The three parts of InboxOptions that are the database, on a pool of `pg`; a transaction is one of its clients. */
export function onPool(pool: pg.Pool): Pick<InboxOptions<pg.PoolClient>, 'transaction' | 'sql' | 'pool'> {
  return {
    pool,
    sql: inOrder,
    // after a transient error the connection may be at fault: to make a new one costs less than to know
    transaction: (work) => poolTransaction(() => pool.connect(), isTransient, work),
  };
}

/** A client of `pg` that is not told to pipeline takes a statement when it has answered the one before. */
function inOrder(client: pg.PoolClient): SqlClient {
  let last: Promise<unknown> = Promise.resolve();
  return {
    query<R extends object>(text: string, values: readonly unknown[] = []) {
      const result = last.then(() => client.query<R>(text, [...values]));
      last = result;
      return result;
    },
  };
}
