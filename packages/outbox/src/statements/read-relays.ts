import type { SqlClient } from '@outrider/common';

const SQL = `SELECT r.owner,r.alive_until,(SELECT count(*)::int FROM outbox_lease l WHERE l.owner=r.owner AND l.lease_until>now()) AS shards
FROM outbox_relay r WHERE r.alive_until>now() ORDER BY r.owner`;

export interface LiveRelay {
  /** host/process/start */
  readonly owner: string;
  readonly aliveUntil: Date;
  /** how many it holds */
  readonly shards: number;
}

/** Live relays, by the database's clock. */
export async function listRelays(client: SqlClient): Promise<LiveRelay[]> {
  const { rows } = await client.query<{ owner: string; alive_until: Date; shards: number }>(SQL);
  return rows.map(({ owner, alive_until, shards }) => ({ owner, aliveUntil: new Date(alive_until), shards }));
}
