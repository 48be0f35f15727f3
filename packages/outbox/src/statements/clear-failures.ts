import type { SqlClient } from '../ports.js';

// After a success of a key that had failed. One row and nothing held, so it needs no lease.
const SQL = `DELETE FROM outbox_key_state WHERE shard=$1 AND msg_key=$2 AND NOT parked`;

export async function forgetKey(sql: SqlClient, shard: number, key: string): Promise<void> {
  await sql.query(SQL, [shard, key]);
}
