import { selectList, type SqlClient } from '@outrider/common';
import type { ParkedKey } from '../parked/parked-message.js';

// By the primary key's order, so that a page costs its own length; the count of a key's messages stops at 100,001: a
// key that was parked for days may have very many.
const SQL = `SELECT ${selectList<Row>({
  topic: 'k.topic',
  msg_key: 'k.msg_key',
  attempt_count: 'k.attempt_count',
  reason: "coalesce(k.last_error,f.reason,'')",
  next_ms: '(extract(epoch FROM k.next_attempt_at)*1000)::float8',
  parked_ms: '(extract(epoch FROM f.parked_at)*1000)::float8',
  events: `(SELECT count(*)::int FROM (SELECT 1 FROM inbox_parked p WHERE p.consumer=$1 AND p.topic=k.topic AND p.msg_key=k.msg_key LIMIT 100001) y)`,
})}
FROM inbox_key_state k LEFT JOIN LATERAL (SELECT p.reason,p.parked_at FROM inbox_parked p
  WHERE p.consumer=$1 AND p.topic=k.topic AND p.msg_key=k.msg_key ORDER BY p."offset" LIMIT 1) f ON true
WHERE k.consumer=$1 AND ($3::text IS NULL OR (k.topic,k.msg_key)>($3::text,$4::text)) AND ($5::text IS NULL OR (k.topic,k.msg_key)=($5::text,$6::text))
ORDER BY k.topic,k.msg_key LIMIT $2`;

interface Row {
  readonly topic: string;
  readonly msg_key: string;
  readonly attempt_count: number;
  readonly reason: string;
  readonly next_ms: number | null;
  readonly parked_ms: number | null;
  readonly events: number;
}

/** Parked keys in the order of topic and key, from behind `after`. */
export async function listParkedKeys(
  sql: SqlClient,
  consumer: string,
  limit: number,
  after: { readonly topic: string; readonly key: string } | undefined,
): Promise<ParkedKey[]> {
  const values = [consumer, limit, after?.topic ?? null, after?.key ?? null, null, null];
  return (await sql.query<Row>(SQL, values)).rows.map(entryOf);
}

/** The state of one parked key; undefined when it is not parked. */
export async function findParkedKey(
  sql: SqlClient,
  consumer: string,
  topic: string,
  key: string,
): Promise<ParkedKey | undefined> {
  const { rows } = await sql.query<Row>(SQL, [consumer, 1, null, null, topic, key]);
  return rows[0] === undefined ? undefined : entryOf(rows[0]);
}

function entryOf(row: Row): ParkedKey {
  return {
    kind: 'key',
    topic: row.topic,
    key: row.msg_key,
    events: row.events,
    attempts: row.attempt_count,
    nextAttemptAt: row.next_ms === null ? null : new Date(row.next_ms),
    reason: row.reason,
    parkedAt: row.parked_ms === null ? null : new Date(row.parked_ms),
  };
}
