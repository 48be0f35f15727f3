import type { SqlClient } from '@outrider/common';
import type pg from 'pg';
import type { OutboxDatabase } from '../ports.js';
import { endsSession } from './session-faults.js';

/** OutboxDatabase on a pool of `pg`. */
export function outboxDatabase(pool: pg.Pool): OutboxDatabase {
  return {
    query: (text, values) => pool.query(text, values === undefined ? [] : [...values]),
    transaction: async (work) => {
      const client = await pool.connect();
      let broken: Error | boolean | undefined;
      try {
        // Explicit, because a role may have another default: the fences need a new snapshot for each statement.
        await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
        const result = await work(client satisfies SqlClient);
        await client.query('COMMIT');
        return result;
      } catch (error) {
        // a session that is of no more use is closed, not returned to the pool
        broken = endsSession(error);
        await client.query('ROLLBACK').catch((failed: Error) => (broken = failed));
        throw error;
      } finally {
        client.release(broken);
      }
    },
  };
}
