import { OptimisticLockError } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { SqlClient } from '@outrider/common';
import { CompiledQuery, type Kysely } from 'kysely';
import pg from 'pg';
import { WITH_NEXT } from './service-client.js';

/** SQL in the transaction the entity manager is in, or, outside of one, on a connection of the pool. */
export function sqlOf(em: EntityManager): SqlClient {
  return {
    async query<R extends object>(text: string, values: readonly unknown[] = []) {
      const executor = em.getTransactionContext<Kysely<unknown>>() ?? em.getConnection().getClient<unknown>();
      const result = await executor.executeQuery<R>(CompiledQuery.raw(text, [...values]));
      return { rows: result.rows, rowCount: Number(result.numAffectedRows ?? result.rows.length) };
    },
  };
}

/** SQL on a connection. */
export function sqlOn(client: pg.PoolClient): SqlClient {
  return {
    async query<R extends object>(text: string, values: readonly unknown[] = []) {
      const { rows, rowCount } = await client.query<R>(text, [...values]);
      return { rows, rowCount: rowCount ?? rows.length };
    },
  };
}

/** SQL outside of any transaction, each statement on any connection of a pool. */
export function sqlOnPool(pool: pg.Pool): SqlClient {
  return {
    async query<R extends object>(text: string, values?: readonly unknown[]) {
      const client = await pool.connect();
      let broken = false;
      try {
        return await sqlOn(client).query<R>(text, values);
      } catch (error) {
        // what the server has not answered the connection may not have survived: who waits for one must not get it
        broken = !(error instanceof pg.DatabaseError);
        throw error;
      } finally {
        client.release(broken);
      }
    },
  };
}

/**
 * SQL whose results nobody reads, in the transaction that the connection is in: it is sent with the statement after it, at the
 * latest with the commit, and what it throws is thrown there.
 */
export function sqlWithNext(client: pg.PoolClient): SqlClient {
  const sql = sqlOn(client);
  return { query: (text, values) => sql.query(WITH_NEXT + text, values) };
}

/** SQLSTATEs after which the same transaction may succeed: serialization failure, deadlock, lock not available. */
const RETRYABLE = new Set(['40001', '40P01', '55P03']);

/** Whether the same transaction may succeed when it is run again. */
export function isConflict(error: unknown): boolean {
  if (error instanceof OptimisticLockError) return true;
  return typeof error === 'object' && error !== null && 'code' in error && RETRYABLE.has(String(error.code));
}

/** The name of the unique constraint that an error reports as violated; undefined for any other error. */
export function violatedUnique(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('code' in error && error.code === '23505' && 'constraint' in error) return String(error.constraint);
  return 'cause' in error ? violatedUnique(error.cause) : undefined;
}
