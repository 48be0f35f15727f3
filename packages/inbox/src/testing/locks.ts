import type pg from 'pg';
import { until } from '@outrider/testkit';
import { type Shop } from './shop.js';

/** Runs work in a transaction of its own. */
export async function inTransaction<T>(shop: Shop, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await shop.pool.connect();
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } finally {
    // not given back: it is in the middle of its transaction when the work failed
    client.release(true);
  }
}

export async function waitsForLock(shop: Shop): Promise<void> {
  await until('a transaction waits for a lock', async () => {
    const rows = await shop.rows(
      `SELECT 1 FROM pg_stat_activity WHERE datname=current_database() AND wait_event_type='Lock'`,
    );
    return rows.length > 0;
  });
}
