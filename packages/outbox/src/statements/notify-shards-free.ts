import type { SqlClient } from '../ports.js';

/** Tells "shards are free" from "something was committed", which has no payload. */
export const FREE = 'free';

// Relays look for shards a few times per lease by themselves; this makes a handover take milliseconds.
const SQL = `SELECT pg_notify('outbox',$1)`;

export async function announceFree(sql: SqlClient): Promise<void> {
  await sql.query(SQL, [FREE]);
}
