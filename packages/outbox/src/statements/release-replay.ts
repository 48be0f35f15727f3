import type { SqlClient } from '@outrider/common';
import { horizonOf } from './horizon.js';

// First of two statements of one transaction: the leases of the next events by id, in order, rewound. Released by id and
// not by event id: chunks in event-id order would turn a key around where the clocks of two writers differ.
const FENCE = `WITH h AS MATERIALIZED (SELECT l.shard FROM outbox_lease l WHERE l.shard IN (SELECT n.shard FROM (SELECT e.shard FROM outbox_replay_event e WHERE e.job=$1
  AND EXISTS (SELECT 1 FROM outbox_replay WHERE job=$1 AND state='RELEASING') ORDER BY e.id LIMIT $2) n) ORDER BY l.shard FOR NO KEY UPDATE)
UPDATE outbox_lease l SET rewind=rewind+1,floor=0 FROM h WHERE l.shard=h.shard RETURNING l.shard`;

// Only of the shards that were just fenced: another process may have taken the first events in the meantime, and a lease
// that was not rewound hides what is put below its floor. What is parked, or was discarded since, stays so; what has
// passed the horizon since it was staged is left out, and counted unless it is pending without this replay.
const RELEASE = `WITH n AS MATERIALIZED (SELECT job,id FROM outbox_replay_event WHERE job=$1 AND shard=ANY($3::smallint[]) ORDER BY id LIMIT $2),
h AS MATERIALIZED (SELECT outbox_uuid_floor(${horizonOf('horizon')}) AS least FROM outbox_replay WHERE job=$1),
x AS (DELETE FROM outbox_replay_event r USING n WHERE r.job=n.job AND r.id=n.id RETURNING r.*),
w AS MATERIALIZED (SELECT x.shard,x.id,x.event_id,x.event_id<h.least AS old FROM x,h WHERE NOT EXISTS (SELECT 1 FROM outbox_parked q WHERE q.shard=x.shard AND q.msg_key=x.msg_key AND q.id=x.id)
  AND NOT EXISTS (SELECT 1 FROM outbox_discarded d WHERE d.event_id=x.event_id)),
p AS (INSERT INTO outbox_pending(shard,id,event_id,replayed) SELECT shard,id,event_id,true FROM w WHERE NOT old ORDER BY shard,id ON CONFLICT (shard,id) DO NOTHING RETURNING 1)
UPDATE outbox_replay o SET taken=o.taken+(SELECT count(*) FROM x),released=o.released+(SELECT count(*) FROM p),
  left_out=o.left_out+(SELECT count(*) FROM w WHERE old AND NOT EXISTS (SELECT 1 FROM outbox_pending p WHERE p.shard=w.shard AND p.id=w.id)),moved_at=now() WHERE o.job=$1`;

// Done when nothing is left; what another process has in hand is not committed, so it is still visible.
const END = `UPDATE outbox_replay o SET state='DONE',moved_at=now() WHERE o.job=$1 AND o.state='RELEASING' AND NOT EXISTS (SELECT 1 FROM outbox_replay_event e WHERE e.job=$1)`;

/** One step. @param tx inside a transaction of its own @returns whether something may be pending by it */
export async function releaseReplay(tx: SqlClient, job: string, events: number): Promise<boolean> {
  const { rows } = await tx.query<{ shard: number }>(FENCE, [job, events]);
  if (rows.length > 0) await tx.query(RELEASE, [job, events, rows.map(({ shard }) => shard)]);
  await tx.query(END, [job]);
  return rows.length > 0;
}
