import type { SqlClient } from '../ports.js';

// At the end of a clean stop, after the release: the shares of the others grow at once.
const SQL = `DELETE FROM outbox_relay WHERE owner=$1`;

export async function leave(sql: SqlClient, owner: string): Promise<void> {
  await sql.query(SQL, [owner]);
}
