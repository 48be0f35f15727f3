import { poolTransaction } from '@outrider/common';
import type pg from 'pg';
import type { InboxOptions } from './inbox.js';
import { isTransient } from './processing/transient.js';

/** The three parts of InboxOptions that are the database, on a pool of `pg`; a transaction is one of its clients. */
export function onPool(pool: pg.Pool): Pick<InboxOptions<pg.PoolClient>, 'transaction' | 'sql' | 'pool'> {
  return {
    pool,
    sql: (client) => client,
    // after a transient error the connection may be at fault: to make a new one costs less than to know
    transaction: (work) => poolTransaction(() => pool.connect(), isTransient, work),
  };
}
