import type { SqlClient } from '@outrider/common';

// In chunks, by the primary key, and without the job's lock: a release that is in flight holds events and then wants it.
const DELETE = `DELETE FROM outbox_replay_event r USING (SELECT job,id FROM outbox_replay_event WHERE job=$1 AND EXISTS (SELECT 1 FROM outbox_replay WHERE job=$1 AND state='ABANDONING') ORDER BY id LIMIT $2) n
WHERE r.job=n.job AND r.id=n.id`;

const END = `UPDATE outbox_replay o SET state='ABANDONED',moved_at=now() WHERE o.job=$1 AND o.state='ABANDONING' AND NOT EXISTS (SELECT 1 FROM outbox_replay_event e WHERE e.job=$1)`;

/** One step of dropping what is staged; until then the days of staged events are kept. */
export async function dropStaged(client: SqlClient, job: string, events: number): Promise<void> {
  await client.query(DELETE, [job, events]);
  await client.query(END, [job]);
}
