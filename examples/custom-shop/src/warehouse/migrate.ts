import { eventTables } from '@outrider/service-kit/event-tables';
import type pg from 'pg';

// Nothing here refuses a second slip of an order: that an event has its effect once is the inbox's promise.
const PACKING_SLIP = `CREATE TABLE packing_slip (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id uuid NOT NULL,
  customer_id text NOT NULL,
  reference text,
  lines jsonb NOT NULL,
  shipping_paid bigint NOT NULL,
  completed_at timestamptz NOT NULL);
CREATE INDEX packing_slip_order ON packing_slip(order_id)`;

const TABLES = [...eventTables, { name: 'warehouse-001-packing-slip', sql: PACKING_SLIP }];

const ONE_AT_A_TIME = 'SELECT pg_advisory_lock(hashtext($1))';
const BEGUN = 'CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY)';
const NOTE = 'INSERT INTO migration(name) VALUES ($1) ON CONFLICT DO NOTHING';

/** Makes the tables that are missing, each in a transaction of its own; processes that start together take turns. */
export async function migrate(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(ONE_AT_A_TIME, ['warehouse migration']);
    await client.query(BEGUN);
    for (const { name, sql } of TABLES) {
      await client.query('BEGIN');
      const { rowCount } = await client.query(NOTE, [name]);
      if (rowCount === 1) await client.query(sql);
      await client.query('COMMIT');
    }
  } finally {
    // the connection is closed, and the lock and what was not committed go with it
    client.release(true);
  }
}
