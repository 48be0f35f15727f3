import type { SqlClient } from '@outrider/common';
import { horizonOf } from './horizon.js';

// Two statements of one transaction: the first is the fence (it waits for what is in flight under the lease, and since
// low ids come back it sets floor 0 and another rewind), so the snapshot of the second is taken after it.
const FENCE = `UPDATE outbox_lease SET rewind=rewind+1,floor=0 WHERE shard=$1`;

// $3: an operator may retry at any time and resets the attempts; otherwise the next attempt must be due, which is checked
// under the key's lock: the list it was found in may be stale.
// $4: what a replay released and is older has been sent once, and is left out; null: no event is too old.
const RETRY = `WITH k AS (UPDATE outbox_key_state SET parked=false,next_attempt_at=NULL,attempt_count=CASE WHEN $3::boolean THEN 0 ELSE attempt_count END
  WHERE shard=$1 AND msg_key=$2 AND parked AND ($3::boolean OR next_attempt_at<=now()) RETURNING 1),
m AS (DELETE FROM outbox_parked WHERE shard=$1 AND msg_key=$2 AND EXISTS (SELECT 1 FROM k) RETURNING shard,id,event_id,replayed),
w AS MATERIALIZED (SELECT m.*,coalesce(m.replayed AND m.event_id<outbox_uuid_floor(${horizonOf('$4::interval')}),false) AS old FROM m),
p AS (INSERT INTO outbox_pending(shard,id,event_id,replayed) SELECT shard,id,event_id,replayed FROM w WHERE NOT old ON CONFLICT DO NOTHING)
SELECT EXISTS (SELECT 1 FROM k) AS found,(SELECT count(*)::int FROM w WHERE NOT old) AS moved,(SELECT count(*)::int FROM w WHERE old) AS left_out`;

// With nothing to be sent, nothing would ever delete the key's state.
const DELETE_STATE = `DELETE FROM outbox_key_state WHERE shard=$1 AND msg_key=$2 AND NOT parked`;

/**
 * Makes the parked events of a key pending again; having lower ids, they are sent before anything newer.
 *
 * @param tx inside a transaction of its own
 * @param by `due`: only if its next attempt is due; `operator`: in any case, with its attempts from 0
 * @param horizon a PostgreSQL interval; null: none is too old
 * @returns events pending again and left out; undefined when the key is not parked, or not due
 */
export async function retryParkedKey(
  tx: SqlClient,
  shard: number,
  key: string,
  by: 'due' | 'operator',
  horizon: string | null,
): Promise<{ readonly moved: number; readonly leftOut: number } | undefined> {
  await tx.query(FENCE, [shard]);
  const { rows } = await tx.query<{ found: boolean; moved: number; left_out: number }>(RETRY, [
    shard,
    key,
    by === 'operator',
    horizon,
  ]);
  const [row] = rows;
  if (row?.found !== true) return undefined;
  if (row.moved === 0) await tx.query(DELETE_STATE, [shard, key]);
  return { moved: row.moved, leftOut: row.left_out };
}
