import pg from 'pg';

// ids and amounts fit into numbers here
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** Statements by their text: each is prepared once on each connection, under a short name. */
const names = new Map<string, string>();
const POOL = 10;

export type Sql = <R>(text: string, values?: readonly unknown[]) => Promise<R[]>;

/** A statement on a client, which sends it without waiting for what was sent before it. */
export function sqlOn(client: pg.ClientBase | pg.Pool): Sql {
  return async <R>(text: string, values: readonly unknown[] = []): Promise<R[]> => {
    let name = names.get(text);
    if (name === undefined) names.set(text, (name = `s${names.size}`));
    return (await client.query({ name, text, values: [...values] })).rows as R[];
  };
}

/** One service's database. */
export class Database {
  readonly #pool: pg.Pool;
  /** each statement a transaction of its own */
  readonly sql: Sql;

  constructor(url: string) {
    this.#pool = new pg.Pool({ connectionString: url, max: POOL, pipeline: true });
    // an idle connection that breaks is replaced; the ones in use reject
    this.#pool.on('error', () => undefined);
    this.sql = sqlOn(this.#pool);
  }

  /** BEGIN goes out with the first statement. @throws what `work` throws, and then nothing of it stays */
  async transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let broken: Error | undefined;
    try {
      const begun = client.query('BEGIN');
      const [result] = await Promise.all([work(sqlOn(client)), begun]);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((failed: Error) => (broken = failed));
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}
