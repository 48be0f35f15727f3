import { TransientError } from '@outrider/inbox';
import type { SqlClient } from '@outrider/service-kit/database';
import type { Answer, Reservation } from '../../domain/reservation.js';

// New reservations, changed ones and the answers to their commands in one statement. A row that is there is locked and
// has the version that was read; one that was not there when it was looked for, and is now, was made by another transaction (of
// a consumer that woke up after it lost the partition, say): it keeps its version, is not written, and so is missed in the count. In order of
// id, so that of two such transactions one waits for the other and not both.
const SQL = `WITH answered AS (
  INSERT INTO reservation_command(order_id,command_id,reply)
  SELECT * FROM unnest($7::uuid[],$8::uuid[],$9::jsonb[]) x(o,c,r) ORDER BY x.o, x.c ON CONFLICT DO NOTHING
)
INSERT INTO reservation AS r (order_id,id,status,lines,expires_at,waiting_command,version,traceparent)
SELECT x.o,x.i,x.s,x.l,x.e,x.w,x.v+1,x.t FROM unnest($1::uuid[],$2::uuid[],$3::text[],$4::jsonb[],$5::timestamptz[],$6::uuid[],$10::bigint[],$11::text[]) x(o,i,s,l,e,w,v,t) ORDER BY x.o
ON CONFLICT (order_id) DO UPDATE SET status=EXCLUDED.status, lines=EXCLUDED.lines, expires_at=EXCLUDED.expires_at,
  waiting_command=EXCLUDED.waiting_command, version=EXCLUDED.version, updated_at=now()
WHERE r.version = EXCLUDED.version - 1`;

/** Writes what a batch came to. @throws TransientError when another transaction was there first: decide again. */
export async function storeReservations(
  sql: SqlClient,
  reservations: readonly Reservation[],
  answers: readonly { readonly orderId: string; readonly answer: Answer }[],
): Promise<void> {
  if (reservations.length === 0 && answers.length === 0) return;
  const { rowCount } = await sql.query(SQL, [
    reservations.map(({ orderId }) => orderId),
    reservations.map(({ id }) => id),
    reservations.map(({ status }) => status),
    reservations.map(({ lines }) => JSON.stringify(lines)),
    reservations.map(({ expiresAt }) => expiresAt?.toISOString() ?? null),
    reservations.map(({ waitingCommand }) => waitingCommand),
    answers.map(({ orderId }) => orderId),
    answers.map(({ answer }) => answer.payload.commandId),
    answers.map(({ answer }) => JSON.stringify(answer)),
    reservations.map(({ version }) => version),
    reservations.map(({ traceparent }) => traceparent ?? null),
  ]);
  if (rowCount !== reservations.length) throw new TransientError('another transaction made one of these reservations');
}
