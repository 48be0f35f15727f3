import type { StoreSession } from '../outbox-store.js';
import type { Statement } from './statement.js';

// The poll: one probe of the index per shard, no row is read.
const SQL = `SELECT EXISTS (SELECT 1 FROM unnest($1::smallint[]) s(shard) CROSS JOIN LATERAL (SELECT 1 FROM outbox_pending p WHERE p.shard=s.shard LIMIT 1) x) AS pending`;

export const hasPending: Statement<StoreSession['hasPending']> = async (sql, shards) => {
  const { rows } = await sql.query<{ pending: boolean }>(SQL, [shards]);
  return rows[0]?.pending ?? false;
};
