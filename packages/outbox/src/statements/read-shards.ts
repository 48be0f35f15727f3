import { selectList, type SqlClient } from '@outrider/common';

// Counts from the floors and to 1,001 a shard: a backlog's exact size is not worth a scan of it.
const SQL = `SELECT ${selectList<Row>({
  shard: 'l.shard',
  owner: 'l.owner',
  epoch: 'l.epoch::text',
  lease_until: 'CASE WHEN isfinite(l.lease_until) THEN least(l.lease_until,r.alive_until) END',
  held: 'l.owner IS NOT NULL AND least(l.lease_until,r.alive_until)>now()',
  pending: `(SELECT count(*)::int FROM (SELECT 1 FROM outbox_pending p WHERE p.shard=l.shard AND p.id>=l.floor LIMIT 1001) c)`,
  oldest_pending: `(SELECT uuid_extract_timestamp(p.event_id) FROM outbox_pending p WHERE p.shard=l.shard AND p.id>=l.floor ORDER BY p.id LIMIT 1)`,
})}
FROM outbox_lease l LEFT JOIN outbox_relay r ON r.owner=l.owner AND r.state IS NOT NULL ORDER BY l.shard`;

/** A shard of an outbox: which relay holds it, and what is pending in it. */
export interface OutboxShard {
  readonly shard: number;
  /** the last relay that claimed it; null: released */
  readonly owner: string | null;
  /** raised by every claim */
  readonly epoch: string;
  /** null: never held, or released */
  readonly leaseUntil: Date | null;
  /** its owner's lease has not expired, by the database's clock */
  readonly held: boolean;
  /** 1,001 = more than 1,000 */
  readonly pending: number;
  /** the time in the first pending event's id */
  readonly oldestPending: Date | null;
}

interface Row {
  readonly shard: number;
  readonly owner: string | null;
  readonly epoch: string;
  readonly lease_until: Date | null;
  readonly held: boolean;
  readonly pending: number;
  readonly oldest_pending: Date | null;
}

/** All shards, in order. */
export async function listShards(client: SqlClient): Promise<OutboxShard[]> {
  return (await client.query<Row>(SQL)).rows.map(({ lease_until, oldest_pending, ...row }) => ({
    ...row,
    leaseUntil: dateOf(lease_until),
    oldestPending: dateOf(oldest_pending),
  }));
}

/** Drivers may give times as text. */
function dateOf(time: Date | null): Date | null {
  return time === null ? null : new Date(time);
}
