import type { LaneStore } from '../outbox-store.js';
import type { Statement } from './statement.js';

// After a success of a key that had failed. One row of a key with nothing parked, so it needs no lease.
const SQL = `DELETE FROM outbox_key_state WHERE shard=$1 AND msg_key=$2 AND NOT parked`;

export const clearFailures: Statement<LaneStore['clearFailures']> = async (sql, shard, key) => {
  await sql.query(SQL, [shard, key]);
};
