import type { StoreSession } from '../outbox-store.js';
import type { Statement } from './statement.js';

// Only what is still held under that epoch; floor and rewind are kept for the next owner.
const SQL = `WITH h AS MATERIALIZED (SELECT l.shard FROM outbox_lease l JOIN unnest($2::smallint[],$3::bigint[]) x(shard,epoch)
  ON l.shard=x.shard AND l.epoch=x.epoch WHERE l.owner=$1 ORDER BY l.shard FOR NO KEY UPDATE OF l)
UPDATE outbox_lease l SET owner=NULL,lease_until='-infinity' FROM h WHERE l.shard=h.shard`;

export const release: Statement<StoreSession['release']> = async (sql, owner, leases) => {
  if (leases.length === 0) return;
  await sql.query(SQL, [owner, leases.map(({ shard }) => shard), leases.map(({ epoch }) => epoch)]);
};
