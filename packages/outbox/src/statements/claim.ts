import { selectList } from '@outrider/common';
import type { ClaimedLease, StoreSession } from '../outbox-store.js';
import { beat, ROW_LEASES } from './alive.js';
import { endLeasesOfDead } from './end-leases-of-dead.js';
import type { Statement } from './statement.js';

// Free or expired shards up to the fair share, and the owner's own that it does not hold any more (it lost its
// connection): the new epoch fences what it may have had in hand. Each owner starts at another shard, which is safe
// because SKIP LOCKED never waits. All times are the database's. The owner lives at least as long as the leases
// that it gets, and one that was fenced meanwhile gets none.
const SQL = `WITH me AS (${beat('$2', '$3')}),
n AS (SELECT greatest(1,count(*)) c FROM outbox_relay WHERE alive_until>now() AND state IS DISTINCT FROM 'LEAVING'),
pick AS MATERIALIZED (SELECT shard,owner AS was FROM outbox_lease WHERE EXISTS (SELECT 1 FROM me) AND (owner IS NULL OR owner=$1::text OR lease_until<=now()) AND NOT shard=ANY($3::smallint[])
  ORDER BY (shard+(hashtext($1::text)&63))&63 LIMIT (SELECT greatest(0,ceil(64.0/n.c)-cardinality($3::smallint[])) FROM n) FOR NO KEY UPDATE SKIP LOCKED)
UPDATE outbox_lease l SET owner=$1::text,epoch=l.epoch+1,lease_until=now()+$2::float8*interval '${ROW_LEASES} milliseconds' FROM pick WHERE l.shard=pick.shard
RETURNING ${selectList<ClaimedLease>({
  shard: 'l.shard',
  epoch: 'l.epoch::text',
  rewind: 'l.rewind::text',
  floor: 'l.floor::text',
  takenOver: 'coalesce(pick.was<>$1::text,false)',
})}`;

export const claim: Statement<StoreSession['claim']> = async (sql, owner, held, ttlMs) => {
  await endLeasesOfDead(sql, owner);
  return (await sql.query<ClaimedLease>(SQL, [owner, ttlMs, held])).rows;
};
