import type pg from 'pg';
import type { InboxOptions } from './inbox.js';
import { isTransient } from './processing/transient.js';

/** The three parts of InboxOptions that are the database, on a pool of `pg`; a transaction is one of its clients. */
export function onPool(pool: pg.Pool): Pick<InboxOptions<pg.PoolClient>, 'transaction' | 'sql' | 'pool'> {
  return {
    pool,
    sql: (client) => client,
    transaction: async (work) => {
      const client = await pool.connect();
      let broken: Error | boolean | undefined;
      try {
        await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
        const result = await work(client);
        await client.query('COMMIT');
        return result;
      } catch (error) {
        // the connection may be at fault: to make a new one costs less than to know
        broken = isTransient(error);
        await client.query('ROLLBACK').catch((failed: Error) => (broken = failed));
        throw error;
      } finally {
        client.release(broken);
      }
    },
  };
}
