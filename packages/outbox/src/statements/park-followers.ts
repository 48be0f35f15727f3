import type { Fenced, KeyedEvent, StoredLease } from '../outbox-store.js';
import type { SqlClient } from '../ports.js';

// Fenced like the acknowledgement; all of a page at once. What the page showed as parked joins its key, but only if the
// key still is, under its lock: none is left behind by an un-park. The pointers are looked up as the acknowledgement does it.
export const FOLLOW_KEYS = `WITH f AS MATERIALIZED (SELECT l.shard FROM outbox_lease l JOIN unnest($1::smallint[],$2::bigint[]) h(shard,epoch) ON l.shard=h.shard AND l.epoch=h.epoch WHERE l.owner=$3 ORDER BY l.shard FOR SHARE OF l),
k AS MATERIALIZED (SELECT s.* FROM (SELECT DISTINCT * FROM unnest($4::smallint[],$5::text[]) u(shard,key) ORDER BY 1,2) d CROSS JOIN LATERAL
  (SELECT o.shard,o.msg_key FROM outbox_key_state o WHERE o.shard=d.shard AND o.msg_key=d.key AND o.parked FOR SHARE) s WHERE (SELECT count(*) FROM f)=cardinality($1::smallint[])),
gone AS (DELETE FROM outbox_pending p USING (SELECT u.*,k.msg_key FROM unnest($4::smallint[],$5::text[],$6::bigint[]) u(shard,key,id) JOIN k ON k.shard=u.shard AND k.msg_key=u.key ORDER BY 1,3) a
  CROSS JOIN LATERAL (SELECT o.ctid AS at FROM outbox_pending o WHERE o.shard=a.shard AND o.id=a.id OFFSET 0) x
  WHERE p.ctid=x.at RETURNING p.shard,a.msg_key,p.id,p.event_id,p.replayed),
q AS (INSERT INTO outbox_parked(shard,msg_key,id,event_id,replayed) SELECT * FROM gone ON CONFLICT DO NOTHING)
SELECT (SELECT count(*)::int FROM f) AS held, (SELECT count(*)::int FROM gone) AS changed`;

export async function followKeys(
  sql: SqlClient,
  owner: string,
  leases: readonly StoredLease[],
  events: readonly KeyedEvent[],
): Promise<Fenced> {
  const { rows } = await sql.query<Fenced>(FOLLOW_KEYS, [
    leases.map(({ shard }) => shard),
    leases.map(({ epoch }) => epoch),
    owner,
    events.map(({ shard }) => shard),
    events.map(({ key }) => key),
    events.map(({ id }) => id),
  ]);
  return rows[0] ?? { held: 0, changed: 0 };
}
