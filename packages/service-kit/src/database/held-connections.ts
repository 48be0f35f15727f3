import type pg from 'pg';

/**
 * The connections of a pool that somebody has taken. When a connection breaks in a transaction of the ORM's own, as its
 * migrations are, the rollback fails as well, and the ORM never returns it: the pool has one fewer, and cannot be closed.
 */
export class HeldConnections {
  readonly #held = new Set<pg.PoolClient>();

  watch(pool: pg.Pool): void {
    pool.on('acquire', (client) => this.#held.add(client));
    pool.on('release', (_error, client) => this.#held.delete(client));
  }

  /** Runs `work`, which is the pool's only user; when it has failed, closes what it has not returned. */
  async closedAfter<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      for (const client of this.#held) client.release(true);
      throw error;
    }
  }
}
