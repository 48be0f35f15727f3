import { keepSessionsFresh } from '@outrider/outbox';
import { clientOf, type PostgresServer } from '@outrider/connections';
import pg from 'pg';

const STATEMENT_TIMEOUT_MS = 10_000;

/** Asks one database, within the snapshot of a read-only transaction. */
export type Query = <R extends object>(text: string, values?: readonly unknown[]) => Promise<R[]>;

/** A service's database, to be read and nothing else; connected to when it is needed. */
export class ReadOnlyDatabase {
  readonly #pool: pg.Pool;

  constructor(
    readonly name: string,
    server: PostgresServer,
    maxAgeMs: number,
  ) {
    this.#pool = new pg.Pool({
      Client: clientOf(server, pg.Client),
      application_name: 'reconciler',
      // a round uses one; the other is for the readiness check
      max: 2,
      connectionTimeoutMillis: 10_000,
      query_timeout: STATEMENT_TIMEOUT_MS + 5_000,
    });
    keepSessionsFresh(this.#pool, { maxAgeMs });
    // A connection that breaks is replaced, and a query on it rejects. One that is in use says so by itself, not by the pool.
    this.#pool.on('error', () => {});
    this.#pool.on('connect', (client) => void client.on('error', () => {}));
  }

  /** One snapshot for all that is read in it. It is short: a long one would hold back VACUUM. */
  async snapshot<T>(work: (query: Query) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let broken = true;
    try {
      // also through a pooler, where settings of the session have no effect
      await client.query(
        `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}`,
      );
      const result = await work(
        async <R extends object>(text: string, values: readonly unknown[] = []) =>
          (await client.query<R>(text, [...values])).rows,
      );
      await client.query('COMMIT');
      broken = false;
      return result;
    } finally {
      client.release(broken);
    }
  }

  /** One statement in a snapshot of its own. */
  async query<R extends object>(text: string, values?: readonly unknown[]): Promise<{ rows: R[]; rowCount: number }> {
    const rows = await this.snapshot((query) => query<R>(text, values));
    return { rows, rowCount: rows.length };
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}
