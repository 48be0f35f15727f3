import type { StoreSession } from '../outbox-store.js';
import type { Statement } from './statement.js';

// At the end of a clean stop, after the release: the fair share of the others grows at once.
const SQL = `DELETE FROM outbox_relay WHERE owner=$1`;

export const removeRelay: Statement<StoreSession['removeRelay']> = async (sql, owner) => {
  await sql.query(SQL, [owner]);
};
