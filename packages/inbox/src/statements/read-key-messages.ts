import { selectList, type SqlClient } from '@outrider/common';
import type { RawMessage } from '../subscription.js';
import { headersOf } from './parked-headers.js';
import { PARKED } from './parked-row.js';

interface Row {
  readonly partition: number;
  readonly at: string;
  readonly raw_key: Uint8Array | null;
  readonly raw_value: Uint8Array | null;
  readonly headers: string;
}

// A key's messages in order, some at a time: a key that was parked for days may have very many. The column is named with
// its table in ORDER BY: alone it would be the text of the select list, which puts 10 before 2.
const SQL = `SELECT ${selectList<Row>({
  partition: PARKED.partition,
  at: PARKED.at,
  raw_key: 'p.raw_key',
  raw_value: 'p.raw_value',
  headers: 'p.headers',
})} FROM inbox_parked p
WHERE p.consumer=$1 AND p.topic=$2 AND p.msg_key=$3 ORDER BY p."offset",p.partition LIMIT $4`;

/** The parked messages of a key, as the broker held them, oldest first. */
export async function readKeyMessages(
  sql: SqlClient,
  consumer: string,
  topic: string,
  key: string,
  limit: number,
): Promise<RawMessage[]> {
  const { rows } = await sql.query<Row>(SQL, [consumer, topic, key, limit]);
  return rows.map((row) => ({
    topic,
    partition: row.partition,
    offset: BigInt(row.at),
    key: row.raw_key,
    value: row.raw_value,
    headers: headersOf(row.headers),
  }));
}
