import type { SqlClient } from '@outrider/common';
import type { OutboxEvent } from '../ports.js';

// Runs inside the business transaction, after the aggregate's row is locked: so, per key, id order = commit order.
// Events and pointers by one statement, whatever their number. The WHERE is a one-time filter: the transaction gets its
// xid before the first id is drawn, which reading from a safe floor relies on.
const SQL = `WITH e AS (INSERT INTO outbox_event(event_id,shard,msg_key,topic,event_type,payload,headers)
  SELECT x.ev,x.sh,x.k,x.tp,x.ty,x.pl,x.hd FROM unnest($1::uuid[],$2::smallint[],$3::text[],$4::text[],$5::text[],$6::text[],$7::text[]) WITH ORDINALITY x(ev,sh,k,tp,ty,pl,hd,n)
  WHERE pg_current_xact_id() IS NOT NULL ORDER BY x.n RETURNING shard,id,event_id)
INSERT INTO outbox_pending(shard,id,event_id) SELECT shard,id,event_id FROM e`;

/** @param events each with the shard of its key */
export async function insertEvents(
  tx: SqlClient,
  events: readonly (OutboxEvent & { readonly shard: number })[],
): Promise<void> {
  await tx.query(SQL, [
    events.map((event) => event.eventId),
    events.map((event) => event.shard),
    events.map((event) => event.key),
    events.map((event) => event.topic),
    events.map((event) => event.type),
    events.map((event) => event.payload),
    events.map((event) => JSON.stringify(event.headers ?? {})),
  ]);
}
