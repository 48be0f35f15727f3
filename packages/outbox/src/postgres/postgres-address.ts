import type pg from 'pg';

/**
 * Where a database is, and who asks: a URL as `pg` reads it, or a function that is asked at each new connection, so that
 * a password or a certificate may change while the process runs.
 */
export type PostgresAddress = string | (() => pg.ClientConfig);

/** What a connection is made with now. */
export function addressOf(address: PostgresAddress): pg.ClientConfig {
  return typeof address === 'string' ? { connectionString: address } : address();
}
