import pRetry from 'p-retry';
import pg from 'pg';

export type Query = <R extends object>(text: string) => Promise<R[]>;

const CONNECTS_WITHIN_MS = 10_000;

/**
 * Reads a database in one snapshot. A connection that breaks is made again, and all is read again: forwarded ports end
 * with the pod that they lead to.
 *
 * @throws the database's error, or the connection's when it keeps failing for some seconds
 */
export async function readSnapshot<T>(Client: typeof pg.Client, work: (query: Query) => Promise<T>): Promise<T> {
  return pRetry(() => once(Client, work), {
    retries: 10,
    minTimeout: 100,
    maxTimeout: 1_000,
    shouldRetry: ({ error }) => !(error instanceof pg.DatabaseError),
  });
}

async function once<T>(Client: typeof pg.Client, work: (query: Query) => Promise<T>): Promise<T> {
  const client = new Client({ connectionTimeoutMillis: CONNECTS_WITHIN_MS });
  // a connection that breaks fails the query, or the next one
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return await work(async <R extends object>(text: string) => (await client.query<R>(text)).rows);
  } finally {
    await client.end();
  }
}
