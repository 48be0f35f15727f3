import type { SqlClient } from '../ports.js';

// Looks at the next events of the log by event id, which the log can be read by whatever its size, stages those wanted
// and moves the cursor, in one statement. Holds no lease: a dry run disturbs nobody. Discarded events stay out. The
// job's row is locked first: two processes take turns.
const SQL = `WITH j AS MATERIALIZED (SELECT * FROM outbox_replay WHERE job=$1 AND state='STAGING' FOR UPDATE),
c AS MATERIALIZED (SELECT e.event_id,e.id,e.shard,e.msg_key FROM j CROSS JOIN LATERAL (SELECT * FROM outbox_event e WHERE e.event_id>j.at AND e.event_id<j.until ORDER BY e.event_id LIMIT $2) e),
i AS (INSERT INTO outbox_replay_event(job,id,shard,msg_key,event_id) SELECT $1::uuid,c.id,c.shard,c.msg_key,c.event_id FROM c,j WHERE (j.msg_key IS NULL OR c.msg_key=j.msg_key)
  AND NOT EXISTS (SELECT 1 FROM outbox_discarded d WHERE d.event_id=c.event_id) ON CONFLICT DO NOTHING RETURNING 1)
UPDATE outbox_replay o SET at=coalesce((SELECT event_id FROM c ORDER BY event_id DESC LIMIT 1),o.at),
  looked_at=o.looked_at+(SELECT count(*) FROM c),staged=o.staged+(SELECT count(*) FROM i),moved_at=now(),
  state=CASE WHEN (SELECT count(*) FROM c)>=$2 THEN 'STAGING' WHEN o.dry_run THEN 'HELD' ELSE 'RELEASING' END
FROM j WHERE o.job=j.job`;

/** One step; nothing happens to a job that is not staging. */
export async function stageReplay(client: SqlClient, job: string, events: number): Promise<void> {
  await client.query(SQL, [job, events]);
}
