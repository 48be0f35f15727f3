import type { Row } from '@outrider/service-kit/database';
import type { SagaCommand } from '../../domain/saga-command.js';
import type { Saga } from '../../domain/saga-state.js';
import type { TimelineEntry } from '../../domain/timeline.js';
import { SAGA_UPDATES, sagaRow, SAGAS } from '../tables/sagas.js';
import { TIMELINE, timelineRow } from '../tables/timeline.js';

// The shape in which sets of sagas go to the database, as JSON.

/** order_id, step, … */
export const SAGA_COLUMNS = `${SAGAS.names}, ${SAGA_UPDATES.names}`;

/** order_id uuid, step text, … */
export const SAGA_RECORD = `${SAGAS.record}, ${SAGA_UPDATES.record}`;

/** step=t.step, … : what an update sets; the key and what is set once at the start stay. */
export const SAGA_ASSIGNMENTS = `${SAGAS.assign('t', 'orderId', 'startedVersion', 'startedAt')}, ${SAGA_UPDATES.assign('t')}`;

export function storedSaga(saga: Saga, updatedAt: Date): Row {
  return { ...SAGAS.write(sagaRow(saga)), ...SAGA_UPDATES.write({ updatedAt }) };
}

/** Appends the entries of parameter $n to the timeline. */
export function insertTimeline(n: number): string {
  return `INSERT INTO saga_timeline(${TIMELINE.names}) SELECT ${TIMELINE.names} FROM json_to_recordset($${n}::json) AS t(${TIMELINE.record})`;
}

export const storedEntry = (entry: TimelineEntry): Row => TIMELINE.write(timelineRow(entry));

export function commandRow(orderId: string, command: SagaCommand, sentAt: Date): object {
  return { order_id: orderId, command_id: command.commandId, type: command.type, sent_at: sentAt };
}
