import { selectList, type SqlClient } from '@outrider/common';

// By the primary key, from the last of the previous page. Each key's events are counted to 10,001 and no further.
const SQL = `SELECT ${selectList<ParkedKeyRow>({
  key: 'k.msg_key',
  shard: 'k.shard',
  attempts: 'k.attempt_count',
  next_attempt_at: 'k.next_attempt_at',
  reason: 'k.last_error',
  events: `(SELECT count(*)::int FROM (SELECT 1 FROM outbox_parked q WHERE q.shard=k.shard AND q.msg_key=k.msg_key LIMIT 10001) c)`,
  first_event_id: `(SELECT q.event_id FROM outbox_parked q WHERE q.shard=k.shard AND q.msg_key=k.msg_key ORDER BY q.id LIMIT 1)`,
})}
FROM outbox_key_state k WHERE k.parked AND ($1::smallint IS NULL OR (k.shard,k.msg_key)>($1::smallint,$2::text)) AND ($3::text IS NULL OR (k.shard=$4::smallint AND k.msg_key=$3))
ORDER BY k.shard,k.msg_key LIMIT $5`;

export interface ParkedKeyRow {
  readonly key: string;
  readonly shard: number;
  readonly attempts: number;
  readonly next_attempt_at: Date | null;
  readonly reason: string | null;
  readonly events: number;
  readonly first_event_id: string | null;
}

interface ShardKey {
  readonly shard: number;
  readonly key: string;
}

/** @param after the last one of the previous page @param only this key */
export async function listParkedKeys(
  client: SqlClient,
  limit: number,
  after: ShardKey | null,
  only: ShardKey | null,
): Promise<ParkedKeyRow[]> {
  const values = [after?.shard ?? null, after?.key ?? null, only?.key ?? null, only?.shard ?? null, limit];
  return (await client.query<ParkedKeyRow>(SQL, values)).rows;
}
