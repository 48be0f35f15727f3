import type { SqlClient } from '@outrider/common';
import type { Position } from '../event-consumer.js';
import type { ParkedMessage } from '../parked/parked-message.js';

// Messages without a key, by an index that holds only these; without their bytes: a page of the largest would be a
// gigabyte.
const SQL = `SELECT p.topic,p.partition,p."offset"::text AS at,p.event_id::text,p.reason,p.attempt_count,
  (extract(epoch FROM p.parked_at)*1000)::float8 AS parked_ms,octet_length(p.raw_value) AS size FROM inbox_parked p
WHERE p.consumer=$1 AND p.msg_key IS NULL AND ($3::text IS NULL OR (p.topic,p.partition,p."offset")>($3::text,$4::int,$5::bigint))
ORDER BY p.topic,p.partition,p."offset" LIMIT $2`;

interface Row {
  readonly topic: string;
  readonly partition: number;
  readonly at: string;
  readonly event_id: string | null;
  readonly reason: string;
  readonly attempt_count: number;
  readonly parked_ms: number;
  readonly size: number | null;
}

export async function listParkedMessages(
  sql: SqlClient,
  consumer: string,
  limit: number,
  after: Position | undefined,
): Promise<ParkedMessage[]> {
  const { rows } = await sql.query<Row>(SQL, [
    consumer,
    limit,
    after?.topic ?? null,
    after?.partition ?? null,
    after === undefined ? null : String(after.offset),
  ]);
  return rows.map((row) => ({
    kind: 'message',
    topic: row.topic,
    partition: row.partition,
    offset: BigInt(row.at),
    key: null,
    eventId: row.event_id,
    reason: row.reason,
    parkedAt: new Date(row.parked_ms),
    attempts: row.attempt_count,
    size: row.size,
  }));
}
