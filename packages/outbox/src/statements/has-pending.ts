import type { SqlClient } from '../ports.js';

// The poll: one probe of the index per shard, no row is read.
const SQL = `SELECT EXISTS (SELECT 1 FROM unnest($1::smallint[]) s(shard) CROSS JOIN LATERAL (SELECT 1 FROM outbox_pending p WHERE p.shard=s.shard LIMIT 1) x) AS pending`;

export async function probe(sql: SqlClient, shards: readonly number[]): Promise<boolean> {
  const { rows } = await sql.query<{ pending: boolean }>(SQL, [shards]);
  return rows[0]?.pending ?? false;
}
