import type { SagaCommand } from '../../domain/saga-command.js';
import { statusOf, type Saga } from '../../domain/saga-state.js';
import type { TimelineEntry } from '../../domain/timeline.js';

/** The saga's columns with their types: the shape in which sets of sagas go to the database, as JSON. */
const SAGA_TYPES = {
  order_id: 'uuid',
  step: 'text',
  status: 'text',
  outcome: 'text',
  stock_command_id: 'uuid',
  money_command_id: 'uuid',
  payment_asked: 'boolean',
  cancel_requested: 'boolean',
  deadline_at: 'timestamptz',
  attempts: 'int',
  retry_at: 'timestamptz',
  reservation_id: 'uuid',
  payment_id: 'uuid',
  captured_amount: 'bigint',
  refunded_amount: 'bigint',
  refund: 'jsonb',
  reason: 'text',
  reason_detail: 'text',
  shortages: 'jsonb',
  action: 'jsonb',
  started_version: 'text',
  started_at: 'timestamptz',
  entered_at: 'timestamptz',
  updated_at: 'timestamptz',
  version: 'int',
} as const;

type SagaColumn = keyof typeof SAGA_TYPES;
const columns = Object.entries(SAGA_TYPES);

/** order_id, step, … */
export const SAGA_COLUMNS = columns.map(([column]) => column).join(', ');

/** order_id uuid, step text, … */
export const SAGA_RECORD = columns.map(([column, type]) => `${column} ${type}`).join(', ');

/** step=t.step, … : what an update sets; the key and what is set once at the start stay. */
export const SAGA_ASSIGNMENTS = columns
  .map(([column]) => column)
  .filter((column) => !['order_id', 'started_version', 'started_at'].includes(column))
  .map((column) => `${column}=t.${column}`)
  .join(', ');

export function sagaRow(saga: Saga, updatedAt: Date): Readonly<Record<SagaColumn, unknown>> {
  return {
    order_id: saga.orderId,
    step: saga.step,
    status: statusOf(saga),
    outcome: saga.outcome,
    stock_command_id: saga.stockCommandId,
    money_command_id: saga.moneyCommandId,
    payment_asked: saga.paymentAsked,
    cancel_requested: saga.cancelRequested,
    deadline_at: saga.deadlineAt,
    attempts: saga.attempts,
    retry_at: saga.retryAt,
    reservation_id: saga.reservationId,
    payment_id: saga.paymentId,
    captured_amount: saga.capturedAmount,
    refunded_amount: saga.refundedAmount,
    refund: saga.refund,
    reason: saga.why?.code ?? null,
    reason_detail: saga.why?.detail ?? null,
    shortages: saga.shortages.length === 0 ? null : saga.shortages,
    action: saga.action,
    started_version: saga.startedVersion,
    started_at: saga.startedAt,
    entered_at: saga.enteredAt,
    updated_at: updatedAt,
    version: saga.version,
  };
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
