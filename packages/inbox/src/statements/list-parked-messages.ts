import { selectList, type SqlClient } from '@outrider/common';
import type { Position } from '../event-consumer.js';
import type { ParkedMessage } from '../parked/parked-message.js';
import { messageOf, PARKED, type ParkedRow } from './parked-row.js';

// Messages without a key, by an index that holds only these; without their bytes: a page of the largest would be a
// gigabyte.
const SQL = `SELECT ${selectList<ParkedRow>(PARKED)} FROM inbox_parked p
WHERE p.consumer=$1 AND p.msg_key IS NULL AND ($3::text IS NULL OR (p.topic,p.partition,p."offset")>($3::text,$4::int,$5::bigint))
ORDER BY p.topic,p.partition,p."offset" LIMIT $2`;

export async function listParkedMessages(
  sql: SqlClient,
  consumer: string,
  limit: number,
  after: Position | undefined,
): Promise<ParkedMessage[]> {
  const { rows } = await sql.query<ParkedRow>(SQL, [
    consumer,
    limit,
    after?.topic ?? null,
    after?.partition ?? null,
    after === undefined ? null : String(after.offset),
  ]);
  return rows.map(messageOf);
}
