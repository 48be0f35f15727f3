import type { CheckState, OrderStatus, ProductQuantity } from '@outrider/contracts';
import {
  absentAs,
  bigint,
  boolean,
  defineTable,
  integer,
  json,
  nullable,
  text,
  time,
  uuid,
} from '@outrider/service-kit/database';
import { orderReason } from '../../domain/reason.js';
import type { OpenRefund } from '../../domain/refund.js';
import { statusOf, type Outcome, type RequiredAction, type Saga, type SagaStep } from '../../domain/saga-state.js';

/** A saga as it is stored: the order's total stands with the order, and why it failed in two columns. */
export type SagaRow = Omit<Saga, 'total' | 'why'> & {
  readonly status: OrderStatus;
  readonly reason: string | null;
  readonly reasonDetail: string | null;
};

export const SAGAS = defineTable<SagaRow>('saga', {
  orderId: uuid('order_id'),
  step: text<SagaStep>('step'),
  status: text<OrderStatus>('status'),
  outcome: text<Outcome>('outcome'),
  stockCommandId: nullable(uuid('stock_command_id')),
  moneyCommandId: nullable(uuid('money_command_id')),
  check: nullable(text<CheckState>('check_state')),
  checkCode: nullable(text('check_code')),
  paymentAsked: boolean('payment_asked'),
  cancelRequested: boolean('cancel_requested'),
  deadlineAt: nullable(time('deadline_at')),
  attempts: integer('attempts'),
  retryAt: nullable(time('retry_at')),
  reservationId: nullable(uuid('reservation_id')),
  paymentId: nullable(uuid('payment_id')),
  capturedAmount: bigint('captured_amount'),
  refundedAmount: bigint('refunded_amount'),
  refund: nullable(json<OpenRefund>('refund')),
  reason: nullable(text('reason')),
  reasonDetail: nullable(text('reason_detail')),
  shortages: absentAs(json<readonly ProductQuantity[]>('shortages'), [], ({ length }) => length === 0),
  action: nullable(json<RequiredAction>('action')),
  startedVersion: text('started_version'),
  startedAt: time('started_at'),
  enteredAt: time('entered_at'),
  version: integer('version'),
});

/** When a saga last changed, for lists. */
export const SAGA_UPDATES = defineTable<{ readonly updatedAt: Date }>('saga', { updatedAt: time('updated_at') });

export function sagaRow(saga: Saga): SagaRow {
  const { total: _, why, ...stored } = saga;
  return { ...stored, status: statusOf(saga), reason: why?.code ?? null, reasonDetail: why?.detail ?? null };
}

/** @param total of its order, in minor units */
export function sagaOf({ reason, reasonDetail: detail, status: _status, ...stored }: SagaRow, total: number): Saga {
  return { ...stored, total, why: reason === null ? null : orderReason({ reason, detail }, statusOf(stored)) };
}
