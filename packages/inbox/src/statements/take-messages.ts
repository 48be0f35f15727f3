import type { RawMessage, SqlClient } from '../ports.js';

// A key's messages in order, some at a time: a key that was parked for days may have very many.
const SQL = `SELECT partition,"offset"::text AS "offset",raw_key,raw_value,headers FROM inbox_parked
WHERE consumer=$1 AND topic=$2 AND msg_key=$3 ORDER BY "offset",partition LIMIT $4`;

interface Row {
  readonly partition: number;
  readonly offset: string;
  readonly raw_key: Uint8Array | null;
  readonly raw_value: Uint8Array | null;
  readonly headers: string;
}

export async function takeMessages(
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
    offset: BigInt(row.offset),
    key: row.raw_key,
    value: row.raw_value,
    headers: (JSON.parse(row.headers) as [string, string][]).map(
      ([name, value]) => [name, Buffer.from(value, 'base64')] as const,
    ),
  }));
}
