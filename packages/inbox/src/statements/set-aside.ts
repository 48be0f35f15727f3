import type { RawMessage, SqlClient } from '../ports.js';

// One statement for all messages of a batch that are set aside: of a parked key, or unreadable without a key. A
// message that is there already (the batch came again) stays as it is.
const SQL = `INSERT INTO inbox_parked(consumer,topic,partition,"offset",msg_key,event_id,raw_key,raw_value,headers,reason,attempt_count)
SELECT $1,$2,$3,x.* FROM unnest($4::bigint[],$5::text[],$6::uuid[],$7::bytea[],$8::bytea[],$9::text[],$10::text[],$11::int[]) x(o,k,e,rk,rv,h,r,n)
ORDER BY x.o ON CONFLICT DO NOTHING`;

export interface AsideMessage {
  readonly raw: RawMessage;
  readonly key: string | null;
  readonly eventId: string | null;
  readonly reason: string;
  /** tries of a message without key; 0 for one that has a key, whose count is the key's */
  readonly attempts?: number;
}

export async function setAside(
  sql: SqlClient,
  consumer: string,
  topic: string,
  partition: number,
  messages: readonly AsideMessage[],
): Promise<void> {
  if (messages.length === 0) return;
  await sql.query(SQL, [
    consumer,
    topic,
    partition,
    messages.map(({ raw }) => String(raw.offset)),
    messages.map(({ key }) => key),
    messages.map(({ eventId }) => eventId),
    messages.map(({ raw }) => raw.key),
    messages.map(({ raw }) => raw.value),
    messages.map(({ raw }) =>
      JSON.stringify(raw.headers.map(([name, value]) => [name, Buffer.from(value).toString('base64')])),
    ),
    messages.map(({ reason }) => reason),
    messages.map(({ attempts }) => attempts ?? 0),
  ]);
}
