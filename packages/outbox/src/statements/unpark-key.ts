import type { SqlClient } from '../ports.js';

// Two statements of one transaction: the second has its snapshot from after the fence that the first is (it waits for
// what is in flight under the lease, and low ids come back: floor 0, another rewind).
const FENCE = `UPDATE outbox_lease SET rewind=rewind+1,floor=0 WHERE shard=$1`;

// Looked at again under its lock whether the next attempt is due: the list it was found in may be stale.
const PUT_BACK = `WITH k AS (UPDATE outbox_key_state SET parked=false,next_attempt_at=NULL WHERE shard=$1 AND msg_key=$2 AND parked AND next_attempt_at<=now() RETURNING 1),
m AS (DELETE FROM outbox_parked WHERE shard=$1 AND msg_key=$2 AND EXISTS (SELECT 1 FROM k) RETURNING shard,id,event_id)
INSERT INTO outbox_pending(shard,id,event_id) SELECT * FROM m ON CONFLICT DO NOTHING`;

/** Puts back what is set aside of a key whose next attempt is due. @param tx inside a transaction of its own */
export async function unparkDueKey(tx: SqlClient, shard: number, key: string): Promise<void> {
  await tx.query(FENCE, [shard]);
  await tx.query(PUT_BACK, [shard, key]);
}
