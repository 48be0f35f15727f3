import type { LaneStore } from '../outbox-store.js';
import type { PreparingClient } from '../postgres/preparing-client.js';
import type { Statement } from './statement.js';

// Fenced: the pointers go only if every lease of the batch is held under the epoch it was read under. SHARE: a claim or
// renewal waits for it, and two lanes of one relay do not wait for each other. Fewer changed than sent, with all leases
// held, is an acknowledgement whose answer was lost before: counted, no more. The arrays are written as text by hand:
// the driver would escape each of some thousand numbers.
//
// The ids of a shard are looked up by one sorted list (LATERAL, and OFFSET 0 keeps it so), then deleted where they were
// found; pointers are never updated, so they stay there. Joined by (shard,id), the planner began with the table wherever
// it took it for empty,
// as after a vacuum that could not cut the file: 2,000 ids against 60,000 pointers were 28 s, and are 13 ms so.
export const ACKNOWLEDGE = `WITH f AS MATERIALIZED (SELECT l.shard FROM outbox_lease l JOIN unnest($1::smallint[],$2::bigint[]) h(shard,epoch) ON l.shard=h.shard AND l.epoch=h.epoch WHERE l.owner=$3 ORDER BY l.shard FOR SHARE OF l),
d AS (DELETE FROM outbox_pending p USING (SELECT shard,ids::bigint[] AS ids FROM unnest($4::smallint[],$5::text[]) u(shard,ids) ORDER BY 1) a
  CROSS JOIN LATERAL (SELECT q.ctid AS at FROM outbox_pending q WHERE q.shard=a.shard AND q.id=ANY(a.ids) ORDER BY q.id OFFSET 0) x
  WHERE p.ctid=x.at AND (SELECT count(*) FROM f)=cardinality($1::smallint[]) RETURNING 1)
SELECT (SELECT count(*)::int FROM f) AS held, (SELECT count(*)::int FROM d) AS deleted,pg_current_xact_id()::text AS xid`;

export const acknowledge: Statement<LaneStore['acknowledge'], PreparingClient> = async (
  client,
  owner,
  leases,
  events,
) => {
  const ids = Map.groupBy(events, ({ shard }) => shard);
  const [row] = await client.rows<[held: string, deleted: string, xid: string]>(ACKNOWLEDGE, [
    leases.map(({ shard }) => shard),
    leases.map(({ epoch }) => epoch),
    owner,
    [...ids.keys()],
    [...ids.values()].map((ofShard) => `{${ofShard.map(({ id }) => id).join(',')}}`),
  ]);
  return { held: Number(row?.[0] ?? 0), changed: Number(row?.[1] ?? 0), xid: row?.[2] ?? '0' };
};
