import type { OrderStatus } from '@outrider/contracts';
import { defineTable, integer, nullable, text, texts, time, uuid } from '@outrider/service-kit/database';
import type { SagaStep } from '../../domain/saga-state.js';
import type { TimelineEntry } from '../../domain/timeline.js';

/** An entry as it is stored: why is in two columns. */
export type TimelineRow = Omit<TimelineEntry, 'why'> & {
  readonly reason: string | null;
  readonly reasonDetail: string | null;
};

/** One row for each change of a saga; its row never changes. */
export const TIMELINE = defineTable<TimelineRow>('saga_timeline', {
  orderId: uuid('order_id'),
  version: integer('version'),
  at: time('at'),
  input: text('input'),
  step: text<SagaStep>('step'),
  status: text<OrderStatus>('status'),
  eventId: nullable(uuid('event_id')),
  sent: texts('sent'),
  reason: nullable(text('reason')),
  reasonDetail: nullable(text('reason_detail')),
});

export function timelineRow({ why, ...stored }: TimelineEntry): TimelineRow {
  return { ...stored, reason: why?.code ?? null, reasonDetail: why?.detail ?? null };
}
