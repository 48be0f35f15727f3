import type { FencedResult, LaneStore } from '../outbox-store.js';
import type { Statement } from './statement.js';

// Fenced like the acknowledgement; all of a page at once. What the page showed as parked is parked behind its key, but
// only if the key still is, under its lock: a retry leaves none behind. The pointers are looked up as in the
// acknowledgement.
export const PARK_FOLLOWERS = `WITH f AS MATERIALIZED (SELECT l.shard FROM outbox_lease l JOIN unnest($1::smallint[],$2::bigint[]) h(shard,epoch) ON l.shard=h.shard AND l.epoch=h.epoch WHERE l.owner=$3 ORDER BY l.shard FOR SHARE OF l),
k AS MATERIALIZED (SELECT s.* FROM (SELECT DISTINCT * FROM unnest($4::smallint[],$5::text[]) u(shard,key) ORDER BY 1,2) d CROSS JOIN LATERAL
  (SELECT o.shard,o.msg_key FROM outbox_key_state o WHERE o.shard=d.shard AND o.msg_key=d.key AND o.parked FOR SHARE) s WHERE (SELECT count(*) FROM f)=cardinality($1::smallint[])),
gone AS (DELETE FROM outbox_pending p USING (SELECT u.*,k.msg_key FROM unnest($4::smallint[],$5::text[],$6::bigint[]) u(shard,key,id) JOIN k ON k.shard=u.shard AND k.msg_key=u.key ORDER BY 1,3) a
  CROSS JOIN LATERAL (SELECT o.ctid AS at FROM outbox_pending o WHERE o.shard=a.shard AND o.id=a.id OFFSET 0) x
  WHERE p.ctid=x.at RETURNING p.shard,a.msg_key,p.id,p.event_id,p.replayed),
q AS (INSERT INTO outbox_parked(shard,msg_key,id,event_id,replayed) SELECT * FROM gone ON CONFLICT DO NOTHING)
SELECT (SELECT count(*)::int FROM f) AS held, (SELECT count(*)::int FROM gone) AS changed`;

export const parkFollowers: Statement<LaneStore['parkFollowers']> = async (sql, owner, leases, events) => {
  const { rows } = await sql.query<FencedResult>(PARK_FOLLOWERS, [
    leases.map(({ shard }) => shard),
    leases.map(({ epoch }) => epoch),
    owner,
    events.map(({ shard }) => shard),
    events.map(({ key }) => key),
    events.map(({ id }) => id),
  ]);
  return rows[0] ?? { held: 0, changed: 0 };
};
