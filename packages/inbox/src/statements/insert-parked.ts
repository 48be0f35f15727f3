import type { SqlClient } from '@outrider/common';
import type { RawMessage } from '../subscription.js';
import { headersText } from './parked-headers.js';

// One statement for all messages of a batch that are parked: of a parked key, or unreadable without a key. A message
// that is there already (the batch came again) stays as it is. At the same offset there can be another one, of a topic
// that was deleted and created again since: those are returned as taken (an updated row has an xmax), so that none is
// lost.
const SQL = `INSERT INTO inbox_parked(consumer,topic,partition,"offset",msg_key,event_id,raw_key,raw_value,headers,reason,attempt_count)
SELECT $1,$2,$3,x.* FROM unnest($4::bigint[],$5::text[],$6::uuid[],$7::bytea[],$8::bytea[],$9::text[],$10::text[],$11::int[]) x(o,k,e,rk,rv,h,r,n)
ORDER BY x.o
ON CONFLICT (consumer,topic,partition,"offset") DO UPDATE SET reason=inbox_parked.reason
WHERE inbox_parked.raw_key IS DISTINCT FROM excluded.raw_key OR inbox_parked.raw_value IS DISTINCT FROM excluded.raw_value
RETURNING inbox_parked."offset"::text AS at,xmax::text<>'0' AS taken`;

// All that is parked from that offset on, but for this batch, is of the older topic: it is moved below every real offset,
// in its order, and so before the new messages of its keys.
const MAKE_WAY = `UPDATE inbox_parked SET "offset"="offset"-4611686018427387904
WHERE consumer=$1 AND topic=$2 AND partition=$3 AND "offset">=$4::bigint AND "offset"<>ALL($5::bigint[])`;

export interface NewParkedMessage {
  readonly raw: RawMessage;
  readonly key: string | null;
  readonly eventId: string | null;
  readonly reason: string;
  /** attempts of a message without a key; left out for one with a key: they are counted for the key */
  readonly attempts?: number;
}

export async function insertParked(
  sql: SqlClient,
  consumer: string,
  topic: string,
  partition: number,
  messages: readonly NewParkedMessage[],
): Promise<void> {
  if (messages.length === 0) return;
  const values = [
    consumer,
    topic,
    partition,
    messages.map(({ raw }) => String(raw.offset)),
    messages.map(({ key }) => key),
    messages.map(({ eventId }) => eventId),
    messages.map(({ raw }) => raw.key),
    messages.map(({ raw }) => raw.value),
    messages.map(({ raw }) => headersText(raw.headers)),
    messages.map(({ reason }) => reason),
    messages.map(({ attempts }) => attempts ?? 0),
  ];
  const { rows } = await sql.query<{ at: string; taken: boolean }>(SQL, values);
  const taken = new Set(rows.filter((row) => row.taken).map((row) => BigInt(row.at)));
  const first = messages.find(({ raw }) => taken.has(raw.offset));
  if (first === undefined) return;
  const own = messages.filter(({ raw }) => !taken.has(raw.offset)).map(({ raw }) => String(raw.offset));
  await sql.query(MAKE_WAY, [consumer, topic, partition, String(first.raw.offset), own]);
  await sql.query(SQL, values);
}
