import { jsonRows, selectList } from '@outrider/common';
import type { HeartbeatResult, StoreSession } from '../outbox-store.js';
import { beat, RENEW_BELOW_LEASES, ROW_LEASES } from './alive.js';
import type { Statement } from './statement.js';

// Everything that a live relay writes and asks every third of a lease, in one statement, so that an idle worker costs
// next to nothing: it writes one row. beat: first, for without it no lease is renewed. need: leases whose rows end soon, or
// have another floor. h: their locks, in shard order; they wait for acknowledgements in flight, which hold them in SHARE.
// The others are only read: a row that lasts longer than this relay will be alive is claimed by nobody while it is.
// A shard missing from `renewed` is lost. The floor is written only under the rewind it was found under. old: a relay
// that has been dead for a day is deleted (SKIP LOCKED: two heartbeats must not wait for each other). nextFreeMs: a
// duration and no time of day, so that only the database's clock counts. pending: one probe of the index per shard.
const SQL = `WITH beat AS (${beat('$6', '$2')}),
x AS MATERIALIZED (SELECT l.shard,x.epoch,x.floor,x.rewind,l.rewind AS now_rewind,
    l.lease_until<now()+$6::float8*interval '${RENEW_BELOW_LEASES} milliseconds' OR l.floor<>x.floor AS need
  FROM outbox_lease l JOIN unnest($2::smallint[],$3::bigint[],$4::bigint[],$5::bigint[]) x(shard,epoch,floor,rewind)
  ON l.shard=x.shard AND l.epoch=x.epoch WHERE l.owner=$1 AND EXISTS (SELECT 1 FROM beat)),
h AS MATERIALIZED (SELECT l.shard,x.floor,x.rewind FROM outbox_lease l JOIN x ON l.shard=x.shard AND l.epoch=x.epoch WHERE x.need AND l.owner=$1 ORDER BY l.shard FOR NO KEY UPDATE OF l),
rewritten AS (UPDATE outbox_lease l SET lease_until=now()+$6::float8*interval '${ROW_LEASES} milliseconds', floor=CASE WHEN l.rewind=h.rewind THEN h.floor ELSE l.floor END
  FROM h WHERE l.shard=h.shard RETURNING l.shard,l.rewind),
renewed AS (SELECT shard,rewind FROM rewritten UNION ALL SELECT shard,now_rewind FROM x WHERE NOT need),
old AS MATERIALIZED (SELECT owner FROM outbox_relay WHERE alive_until<now()-interval '1 day' AND owner<>$1 FOR UPDATE SKIP LOCKED),
gone AS (DELETE FROM outbox_relay r USING old WHERE r.owner=old.owner),
due AS (SELECT shard,msg_key FROM outbox_key_state WHERE parked AND next_attempt_at<=now() AND shard=ANY($2::smallint[]) ORDER BY next_attempt_at LIMIT 100),
others AS (SELECT l.shard,l.owner,least(l.lease_until,r.alive_until) AS until FROM outbox_lease l LEFT JOIN outbox_relay r ON r.owner=l.owner AND r.state IS NOT NULL WHERE NOT l.shard=ANY($2::smallint[]))
SELECT ${selectList<HeartbeatResult>({
  relays: `(SELECT count(*)::int+1 FROM outbox_relay WHERE alive_until>now() AND owner<>$1 AND state IS DISTINCT FROM 'LEAVING')`,
  claimable: '(SELECT count(*)::int FROM others WHERE owner IS NULL OR owner=$1 OR until<=now())',
  nextFreeMs:
    '(SELECT (extract(epoch FROM min(until)-now())*1000)::float8 FROM others WHERE owner<>$1 AND until>now())',
  renewed: `(SELECT ${jsonRows<HeartbeatResult['renewed'][number]>({ shard: 'shard', rewind: 'rewind::text' })} FROM renewed)`,
  due: `(SELECT ${jsonRows<HeartbeatResult['due'][number]>({ shard: 'shard', key: 'msg_key' })} FROM due)`,
  pending: `EXISTS (SELECT 1 FROM unnest($2::smallint[]) s(shard) CROSS JOIN LATERAL (SELECT 1 FROM outbox_pending p WHERE p.shard=s.shard LIMIT 1) x)`,
})}`;

export const heartbeat: Statement<StoreSession['heartbeat']> = async (sql, owner, leases, ttlMs) => {
  const { rows } = await sql.query<HeartbeatResult>(SQL, [
    owner,
    leases.map(({ shard }) => shard),
    leases.map(({ epoch }) => epoch),
    leases.map(({ floor }) => floor),
    leases.map(({ rewind }) => rewind),
    ttlMs,
  ]);
  return rows[0] ?? { relays: 1, claimable: 0, nextFreeMs: null, renewed: [], due: [], pending: false };
};
