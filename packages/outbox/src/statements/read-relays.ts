import { selectList, type SqlClient } from '@outrider/common';

interface Row {
  readonly owner: string;
  readonly alive_until: Date;
  readonly shards: number;
}

const SQL = `SELECT ${selectList<Row>({
  owner: 'r.owner',
  alive_until: 'r.alive_until',
  shards: '(SELECT count(*)::int FROM outbox_lease l WHERE l.owner=r.owner AND l.lease_until>now())',
})}
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
  const { rows } = await client.query<Row>(SQL);
  return rows.map(({ owner, alive_until, shards }) => ({ owner, aliveUntil: new Date(alive_until), shards }));
}
