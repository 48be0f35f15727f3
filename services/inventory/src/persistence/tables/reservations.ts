import { bigint, defineTable, json, nullable, text, time, uuid } from '@outrider/service-kit/database';
import type { Answer, Reservation, ReservationLine } from '../../domain/reservation.js';

/** A reservation without the time at which its row was made, which the database gives. */
export type ReservationRow = Omit<Reservation, 'createdAt' | 'traceparent'> & { readonly traceparent: string | null };

export const RESERVATIONS = defineTable<ReservationRow>('reservation', {
  orderId: uuid('order_id'),
  id: uuid('id'),
  status: text<Reservation['status']>('status'),
  lines: json<readonly ReservationLine[]>('lines'),
  expiresAt: nullable(time('expires_at')),
  waitingCommand: nullable(uuid('waiting_command')),
  version: bigint('version'),
  traceparent: nullable(text('traceparent')),
});

export const RESERVATION_TIMES = defineTable<Pick<Reservation, 'createdAt'>>('reservation', {
  createdAt: time('created_at'),
});

/** When a reservation last changed. */
export const RESERVATION_UPDATES = defineTable<{ readonly updatedAt: Date }>('reservation', {
  updatedAt: time('updated_at'),
});

/** How a command was answered. */
export interface AnswerRow {
  readonly orderId: string;
  readonly commandId: string;
  readonly answer: Answer;
}

export const ANSWERS = defineTable<AnswerRow>('reservation_command', {
  orderId: uuid('order_id'),
  commandId: uuid('command_id'),
  answer: json<Answer>('reply'),
});
