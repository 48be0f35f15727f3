import type { Row } from '@outrider/service-kit/database';
import type { SagaCommand } from '../../domain/saga-command.js';
import type { Saga } from '../../domain/saga-state.js';
import type { TimelineEntry } from '../../domain/timeline.js';
import { SAGA_UPDATES, sagaRow, SAGAS } from '../tables/sagas.js';

// The shape in which sets of sagas go to the database, as JSON.

/** order_id, step, … */
export const SAGA_COLUMNS = `${SAGAS.names}, ${SAGA_UPDATES.names}`;

/** order_id uuid, step text, … */
export const SAGA_RECORD = `${SAGAS.record}, ${SAGA_UPDATES.record}`;

/** step=t.step, … : what an update sets; the key and what is set once at the start stay. */
export const SAGA_ASSIGNMENTS = SAGA_COLUMNS.split(', ')
  .filter((column) => !['order_id', 'started_version', 'started_at'].includes(column))
  .map((column) => `${column}=t.${column}`)
  .join(', ');

export function storedSaga(saga: Saga, updatedAt: Date): Row {
  return { ...SAGAS.write(sagaRow(saga)), ...SAGA_UPDATES.write({ updatedAt }) };
}

const TIMELINE_TYPES = {
  order_id: 'uuid',
  version: 'int',
  at: 'timestamptz',
  input: 'text',
  step: 'text',
  status: 'text',
  event_id: 'uuid',
  sent: 'text[]',
  reason: 'text',
  reason_detail: 'text',
} as const;
const timelineColumns = Object.entries(TIMELINE_TYPES);

/** Appends the entries of parameter $n to the timeline. */
export function insertTimeline(n: number): string {
  const columns = timelineColumns.map(([column]) => column).join(', ');
  const record = timelineColumns.map(([column, type]) => `${column} ${type}`).join(', ');
  return `INSERT INTO saga_timeline(${columns}) SELECT ${columns} FROM json_to_recordset($${n}::json) AS t(${record})`;
}

export function timelineRow(entry: TimelineEntry): Readonly<Record<keyof typeof TIMELINE_TYPES, unknown>> {
  const { orderId, eventId, why, version, at, input, step, status, sent } = entry;
  const reason = { reason: why?.code ?? null, reason_detail: why?.detail ?? null };
  return { order_id: orderId, event_id: eventId, version, at, input, step, status, sent, ...reason };
}

export function commandRow(orderId: string, command: SagaCommand, sentAt: Date): object {
  return { order_id: orderId, command_id: command.commandId, type: command.type, sent_at: sentAt };
}
