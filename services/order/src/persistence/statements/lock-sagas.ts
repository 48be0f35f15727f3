import type { Adjustment, Metadata, ProductQuantity } from '@outrider/contracts';
import type { SqlClient } from '@outrider/service-kit/database';
import type { AcceptedOrder } from '../../domain/accepted-order.js';
import { orderReason } from '../../domain/reason.js';
import type { OpenRefund } from '../../domain/refund.js';
import { statusOf, type Outcome, type RequiredAction, type Saga, type SagaStep } from '../../domain/saga-state.js';

/** A saga whose row this transaction has locked, and the order it belongs to. */
export interface HeldSaga {
  readonly saga: Saga;
  readonly order: AcceptedOrder;
  /** the trace that it was placed in */
  readonly traceparent: string | null;
}

export interface HeldSagas {
  /** the database's time */
  readonly now: Date;
  /** by order id */
  readonly held: ReadonlyMap<string, HeldSaga>;
}

// After waiting for a lock PostgreSQL reads the locked row again, but not what is joined to it: from orders come only
// columns that never change. The clock is evaluated again with the row, so it is never before the row's last change.
const SELECT = `SELECT clock_timestamp()::text AS now, s.order_id, s.step, s.outcome, s.stock_command_id, s.money_command_id,
  s.payment_asked, s.cancel_requested, s.deadline_at::text, s.attempts, s.retry_at::text, s.reservation_id, s.payment_id,
  s.captured_amount, s.refunded_amount, s.refund, s.reason, s.reason_detail, s.shortages, s.action, s.started_version, s.started_at::text, s.entered_at::text, s.version, s.traceparent,
  o.customer_id, o.reference, o.currency, o.payment_method, o.adjustments, o.total, o.metadata
FROM saga s JOIN orders o ON o.id = s.order_id`;

// One statement for a whole batch, in order of id as everyone takes them.
const LOCK = `${SELECT} WHERE s.order_id = ANY($1::uuid[]) ORDER BY s.order_id FOR UPDATE OF s`;

// Every replica scans: those that another one holds are skipped, so that no two do the same and none waits. The
// condition is looked at again under the lock.
const TAKE_DUE = `${SELECT} WHERE s.due_at <= now() AND s.order_id <> ALL($2::uuid[])
ORDER BY s.due_at LIMIT $1 FOR UPDATE OF s SKIP LOCKED`;

interface Row {
  readonly now: string;
  readonly order_id: string;
  readonly step: SagaStep;
  readonly outcome: Outcome;
  readonly stock_command_id: string | null;
  readonly money_command_id: string | null;
  readonly payment_asked: boolean;
  readonly cancel_requested: boolean;
  readonly deadline_at: string | null;
  readonly attempts: number;
  readonly retry_at: string | null;
  readonly reservation_id: string | null;
  readonly payment_id: string | null;
  readonly captured_amount: string;
  readonly refunded_amount: string;
  readonly refund: OpenRefund | null;
  readonly reason: string | null;
  readonly reason_detail: string | null;
  readonly shortages: readonly ProductQuantity[] | null;
  readonly action: RequiredAction | null;
  readonly started_version: string;
  readonly started_at: string;
  readonly entered_at: string;
  readonly version: number;
  readonly traceparent: string | null;
  readonly customer_id: string;
  readonly reference: string | null;
  readonly currency: string;
  readonly payment_method: string;
  readonly adjustments: readonly Adjustment[];
  readonly total: string;
  readonly metadata: Metadata | null;
}

/** Locks the sagas of these orders; those of unknown orders are not in the answer. */
export async function lockSagas(sql: SqlClient, orderIds: readonly string[]): Promise<HeldSagas> {
  const { rows } = await sql.query<Row>(LOCK, [[...new Set(orderIds)]]);
  return heldOf(rows);
}

/** Locks up to `limit` sagas whose deadline or retry has come, the longest overdue first, and none of `except`. */
export async function takeDueSagas(sql: SqlClient, limit: number, except: readonly string[]): Promise<HeldSagas> {
  const { rows } = await sql.query<Row>(TAKE_DUE, [limit, except]);
  return heldOf(rows);
}

function heldOf(rows: readonly Row[]): HeldSagas {
  const times = rows.map(({ now }) => new Date(now).getTime());
  return {
    now: new Date(Math.max(...times)),
    held: new Map(
      rows.map((row) => [row.order_id, { saga: sagaOf(row), order: orderOf(row), traceparent: row.traceparent }]),
    ),
  };
}

function sagaOf(row: Row): Saga {
  return {
    orderId: row.order_id,
    total: Number(row.total),
    step: row.step,
    outcome: row.outcome,
    stockCommandId: row.stock_command_id,
    moneyCommandId: row.money_command_id,
    paymentAsked: row.payment_asked,
    cancelRequested: row.cancel_requested,
    deadlineAt: timeOf(row.deadline_at),
    attempts: row.attempts,
    retryAt: timeOf(row.retry_at),
    reservationId: row.reservation_id,
    paymentId: row.payment_id,
    capturedAmount: Number(row.captured_amount),
    refundedAmount: Number(row.refunded_amount),
    refund: row.refund,
    why: row.reason === null ? null : orderReason({ reason: row.reason, detail: row.reason_detail }, statusOf(row)),
    shortages: row.shortages ?? [],
    action: row.action,
    startedVersion: row.started_version,
    startedAt: new Date(row.started_at),
    enteredAt: new Date(row.entered_at),
    version: row.version,
  };
}

function orderOf(row: Row): AcceptedOrder {
  return {
    id: row.order_id,
    customerId: row.customer_id,
    reference: row.reference,
    currency: row.currency,
    paymentMethod: row.payment_method,
    adjustments: row.adjustments,
    total: Number(row.total),
    metadata: row.metadata ?? {},
  };
}

function timeOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
