import type { FencedResult, LaneStore } from '../outbox-store.js';
import type { Statement } from './statement.js';

// Fenced like the acknowledgement. The key's state and the pointers that the relay holds of it, in one statement: from
// then on every page shows the key as parked, and later events are parked behind it. While attempts are left the key has
// a next one; after the last it is a dead letter. The pointers are looked up as in the acknowledgement.
export const PARK_KEY = `WITH f AS MATERIALIZED (SELECT l.shard FROM outbox_lease l JOIN unnest($1::smallint[],$2::bigint[]) h(shard,epoch) ON l.shard=h.shard AND l.epoch=h.epoch WHERE l.owner=$3 ORDER BY l.shard FOR SHARE OF l),
k AS (INSERT INTO outbox_key_state AS o (shard,msg_key,parked,attempt_count,next_attempt_at,last_error)
  SELECT $4::smallint,$5::text,true,1,CASE WHEN 1<$8::int THEN now()+$7::float8*interval '1 millisecond' END,$6::text WHERE (SELECT count(*) FROM f)=cardinality($1::smallint[])
  ON CONFLICT (shard,msg_key) DO UPDATE SET parked=true,attempt_count=o.attempt_count+1,last_error=excluded.last_error,
    next_attempt_at=CASE WHEN o.attempt_count+1<$8::int THEN now()+$7::float8*interval '1 millisecond' END RETURNING next_attempt_at),
gone AS (DELETE FROM outbox_pending p USING (SELECT * FROM unnest($9::bigint[]) u(id) ORDER BY 1) a
  CROSS JOIN LATERAL (SELECT o.ctid AS at FROM outbox_pending o WHERE o.shard=$4::smallint AND o.id=a.id OFFSET 0) x
  WHERE p.ctid=x.at AND EXISTS (SELECT 1 FROM k) RETURNING p.*),
q AS (INSERT INTO outbox_parked(shard,msg_key,id,event_id,replayed) SELECT shard,$5::text,id,event_id,replayed FROM gone ON CONFLICT DO NOTHING)
SELECT (SELECT count(*)::int FROM f) AS held, (SELECT count(*)::int FROM gone) AS changed, EXISTS (SELECT 1 FROM k WHERE next_attempt_at IS NULL) AS dead`;

export const parkKey: Statement<LaneStore['parkKey']> = async (sql, owner, lease, failure) => {
  const { rows } = await sql.query<FencedResult & { readonly dead: boolean }>(PARK_KEY, [
    [lease.shard],
    [lease.epoch],
    owner,
    lease.shard,
    failure.key,
    failure.reason,
    failure.waitMs,
    failure.maxAttempts,
    failure.ids,
  ]);
  return rows[0] ?? { held: 0, changed: 0, dead: false };
};
