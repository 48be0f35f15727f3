import type { SqlClient } from '@outrider/common';
import { horizonOf } from './horizon.js';

// Reads the next events of the log by event id (its primary key), stages those that match and moves the cursor, in one
// statement. Holds no lease: a dry run disturbs no relay. Discarded events are not staged. What is older than the horizon
// is not staged either, and counted unless it is still pending. The job's row is locked first: two processes take turns.
const SQL = `WITH j AS MATERIALIZED (SELECT * FROM outbox_replay WHERE job=$1 AND state='STAGING' FOR UPDATE),
c AS MATERIALIZED (SELECT e.event_id,e.id,e.shard,e.msg_key FROM j CROSS JOIN LATERAL (SELECT * FROM outbox_event e WHERE e.event_id>j.at AND e.event_id<j.until ORDER BY e.event_id LIMIT $2) e),
w AS MATERIALIZED (SELECT c.*,c.event_id<outbox_uuid_floor(${horizonOf('j.horizon')}) AS old FROM c,j WHERE (j.msg_key IS NULL OR c.msg_key=j.msg_key)
  AND NOT EXISTS (SELECT 1 FROM outbox_discarded d WHERE d.event_id=c.event_id)),
i AS (INSERT INTO outbox_replay_event(job,id,shard,msg_key,event_id) SELECT $1::uuid,id,shard,msg_key,event_id FROM w WHERE NOT old ON CONFLICT DO NOTHING RETURNING 1),
l AS (SELECT count(*) AS n FROM w WHERE old AND NOT EXISTS (SELECT 1 FROM outbox_pending p WHERE p.shard=w.shard AND p.id=w.id)
  AND NOT EXISTS (SELECT 1 FROM outbox_parked q WHERE q.shard=w.shard AND q.msg_key=w.msg_key AND q.id=w.id))
UPDATE outbox_replay o SET at=coalesce((SELECT event_id FROM c ORDER BY event_id DESC LIMIT 1),o.at),
  looked_at=o.looked_at+(SELECT count(*) FROM c),staged=o.staged+(SELECT count(*) FROM i),left_out=o.left_out+(SELECT n FROM l),moved_at=now(),
  state=CASE WHEN (SELECT count(*) FROM c)>=$2 THEN 'STAGING' WHEN o.dry_run THEN 'HELD' ELSE 'RELEASING' END
FROM j WHERE o.job=j.job`;

/** One step; nothing happens to a job that is not staging. */
export async function stageReplay(client: SqlClient, job: string, events: number): Promise<void> {
  await client.query(SQL, [job, events]);
}
