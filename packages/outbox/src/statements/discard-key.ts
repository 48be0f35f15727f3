import type { SqlClient } from '@outrider/common';

// First of two statements of one transaction: it waits for what is in flight under the lease, which the second then sees.
// No rewind: nothing comes back.
const FENCE = `SELECT shard FROM outbox_lease WHERE shard=$1 FOR NO KEY UPDATE`;

// The key's state is deleted with its last pointer: later events are then sent.
const DISCARD = `WITH k AS MATERIALIZED (SELECT 1 FROM outbox_key_state WHERE shard=$1 AND msg_key=$2 FOR UPDATE),
m AS (DELETE FROM outbox_parked WHERE shard=$1 AND msg_key=$2 AND ($3::uuid[] IS NULL OR event_id=ANY($3)) AND (SELECT count(*) FROM k)>=0 RETURNING event_id,shard,id,msg_key),
r AS MATERIALIZED (SELECT count(*)::int AS n FROM outbox_parked q WHERE q.shard=$1 AND q.msg_key=$2 AND q.id NOT IN (SELECT id FROM m)),
s AS (DELETE FROM outbox_key_state WHERE shard=$1 AND msg_key=$2 AND parked AND (SELECT n FROM r)=0),
i AS (INSERT INTO outbox_discarded(event_id,shard,id,msg_key,reason,discarded_by) SELECT m.*,$4::text,$5::text FROM m ON CONFLICT DO NOTHING)
SELECT (SELECT count(*)::int FROM m) AS discarded,(SELECT n FROM r) AS left`;

export interface Discarding {
  readonly shard: number;
  readonly key: string;
  /** null: all of the key */
  readonly eventIds: readonly string[] | null;
  readonly reason: string;
  readonly by: string;
}

/** @param tx inside a transaction of its own @returns events discarded, and events of the key that stay parked */
export async function discardParked(
  tx: SqlClient,
  { shard, key, eventIds, reason, by }: Discarding,
): Promise<{ readonly discarded: number; readonly left: number }> {
  await tx.query(FENCE, [shard]);
  const { rows } = await tx.query<{ discarded: number; left: number }>(DISCARD, [shard, key, eventIds, reason, by]);
  return rows[0] ?? { discarded: 0, left: 0 };
}
