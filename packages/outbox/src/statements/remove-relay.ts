import type { StoreSession } from '../outbox-store.js';
import type { Statement } from './statement.js';

// While a part of what it holds is still in its hands: the fair share of the others grows, and its leases last as before.
const LEAVE = `UPDATE outbox_relay SET state='LEAVING' WHERE owner=$1 AND state='HOLDING'`;

export const leave: Statement<StoreSession['leave']> = async (sql, owner) => {
  await sql.query(LEAVE, [owner]);
};

// At the end of a clean stop, after the release: the fair share of the others grows at once.
const SQL = `DELETE FROM outbox_relay WHERE owner=$1`;

export const removeRelay: Statement<StoreSession['removeRelay']> = async (sql, owner) => {
  await sql.query(SQL, [owner]);
};
