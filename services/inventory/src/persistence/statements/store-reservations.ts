import { TransientError } from '@outrider/inbox';
import type { SqlClient } from '@outrider/service-kit/database';
import type { Answer, Reservation } from '../../domain/reservation.js';
import { ANSWERS, RESERVATIONS } from '../tables/reservations.js';

// New reservations, changed ones and the answers to their commands in one statement. A row that is there is locked and
// has the version that was read; one that was not there when it was looked for, and is now, was made by another transaction (of
// a consumer that woke up after it lost the partition, say): it keeps its version, is not written, and so is missed in the count. In order of
// id, so that of two such transactions one waits for the other and not both.
const SQL = `WITH answered AS (
  INSERT INTO reservation_command(${ANSWERS.names})
  SELECT ${ANSWERS.names} FROM json_to_recordset($2::json) AS t(${ANSWERS.record}) ORDER BY order_id, command_id ON CONFLICT DO NOTHING
)
INSERT INTO reservation AS r (${RESERVATIONS.names})
SELECT ${RESERVATIONS.names} FROM json_to_recordset($1::json) AS t(${RESERVATIONS.record}) ORDER BY order_id
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
  const rows = reservations.map(({ version, traceparent = null, ...rest }) =>
    RESERVATIONS.write({ ...rest, traceparent, version: version + 1 }),
  );
  const answered = answers.map(({ orderId, answer }) =>
    ANSWERS.write({ orderId, commandId: answer.payload.commandId, answer }),
  );
  const { rowCount } = await sql.query(SQL, [JSON.stringify(rows), JSON.stringify(answered)]);
  if (rowCount !== reservations.length) throw new TransientError('another transaction made one of these reservations');
}
