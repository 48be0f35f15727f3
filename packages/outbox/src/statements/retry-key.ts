import type { SqlClient } from '@outrider/common';
import { horizonOf } from './horizon.js';

// Two statements of one transaction: the second has its snapshot from after the fence that the first is (it waits for
// what is in flight under the lease, and low ids come back: floor 0, another rewind).
const FENCE = `UPDATE outbox_lease SET rewind=rewind+1,floor=0 WHERE shard=$1`;

// $3: a person, who may at any time and gives the key its attempts back; otherwise it is looked at again, under the
// key's lock, whether the next attempt is due: the list it was found in may be stale.
// $4: what a replay put back and is older has gone out once, and is left at that; null: no event is too old.
const PUT_BACK = `WITH k AS (UPDATE outbox_key_state SET parked=false,next_attempt_at=NULL,attempt_count=CASE WHEN $3::boolean THEN 0 ELSE attempt_count END
  WHERE shard=$1 AND msg_key=$2 AND parked AND ($3::boolean OR next_attempt_at<=now()) RETURNING 1),
m AS (DELETE FROM outbox_parked WHERE shard=$1 AND msg_key=$2 AND EXISTS (SELECT 1 FROM k) RETURNING shard,id,event_id,replayed),
w AS MATERIALIZED (SELECT m.*,coalesce(m.replayed AND m.event_id<outbox_uuid_floor(${horizonOf('$4::interval')}),false) AS old FROM m),
p AS (INSERT INTO outbox_pending(shard,id,event_id,replayed) SELECT shard,id,event_id,replayed FROM w WHERE NOT old ON CONFLICT DO NOTHING)
SELECT EXISTS (SELECT 1 FROM k) AS found,(SELECT count(*)::int FROM w WHERE NOT old) AS moved,(SELECT count(*)::int FROM w WHERE old) AS left_out`;

// With nothing to be sent, nothing would ever end the key's state.
const FORGET = `DELETE FROM outbox_key_state WHERE shard=$1 AND msg_key=$2 AND NOT parked`;

/**
 * Puts back what is set aside of a key; having lower ids, it goes out before anything newer.
 *
 * @param tx inside a transaction of its own
 * @param by `due` only if its next attempt is due; `person` in any case, with its attempts from 0
 * @param horizon a PostgreSQL interval; null: none is too old
 * @returns events put back and left out; undefined when the key is not set aside, or not due
 */
export async function retryParkedKey(
  tx: SqlClient,
  shard: number,
  key: string,
  by: 'due' | 'person',
  horizon: string | null,
): Promise<{ readonly moved: number; readonly leftOut: number } | undefined> {
  await tx.query(FENCE, [shard]);
  const { rows } = await tx.query<{ found: boolean; moved: number; left_out: number }>(PUT_BACK, [
    shard,
    key,
    by === 'person',
    horizon,
  ]);
  const [row] = rows;
  if (row?.found !== true) return undefined;
  if (row.moved === 0) await tx.query(FORGET, [shard, key]);
  return { moved: row.moved, leftOut: row.left_out };
}
