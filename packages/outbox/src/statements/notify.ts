import type { SqlClient } from '../ports.js';

// After the commit, outside of any transaction: inside, it would serialise the commits of all writers; in a trigger it
// costs writers 2.5 times as much.
const SQL = `NOTIFY outbox`;

export async function notify(sql: SqlClient): Promise<void> {
  await sql.query(SQL);
}
