import type { SqlClient } from '@outrider/service-kit/database';
import type { SagaCommand } from '../../domain/saga-command.js';
import type { Saga } from '../../domain/saga-state.js';
import type { TimelineEntry } from '../../domain/timeline.js';
import { commandRow, insertTimeline, SAGA_ASSIGNMENTS, SAGA_RECORD, storedSaga, storedEntry } from './saga-rows.js';

// What a whole batch came to, in one round trip. The caller holds the sagas' locks; should it not, two that took the
// same step break on a primary key of saga_command or saga_timeline, and neither is half done.
const SQL = `WITH s AS (
  UPDATE saga SET ${SAGA_ASSIGNMENTS} FROM json_to_recordset($1::json) AS t(${SAGA_RECORD}) WHERE saga.order_id=t.order_id),
c AS (
  INSERT INTO saga_command(order_id, command_id, type, sent_at)
  SELECT * FROM json_to_recordset($2::json) AS t(order_id uuid, command_id uuid, type text, sent_at timestamptz))
${insertTimeline(3)}`;

export interface SagaChanges {
  /** each once, as it stands at the end */
  readonly sagas: readonly Saga[];
  /** those given for the first time */
  readonly commands: readonly { readonly orderId: string; readonly command: SagaCommand }[];
  readonly timeline: readonly TimelineEntry[];
}

export async function storeSagas(sql: SqlClient, moves: SagaChanges, now: Date): Promise<void> {
  await sql.query(SQL, [
    JSON.stringify(moves.sagas.map((saga) => storedSaga(saga, now))),
    JSON.stringify(moves.commands.map(({ orderId, command }) => commandRow(orderId, command, now))),
    JSON.stringify(moves.timeline.map((entry) => storedEntry(entry))),
  ]);
}
