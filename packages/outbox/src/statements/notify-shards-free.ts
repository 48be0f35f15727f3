import type { StoreSession } from '../outbox-store.js';
import type { Statement } from './statement.js';

/** The payload that says so; a notification of a commit has none, or names shards. */
export const SHARDS_FREE = 'free';

// Relays look for free shards a few times per lease by themselves; this makes a handover take milliseconds.
const SQL = `SELECT pg_notify('outbox',$1)`;

export const notifyShardsFree: Statement<StoreSession['notifyShardsFree']> = async (sql) => {
  await sql.query(SQL, [SHARDS_FREE]);
};
