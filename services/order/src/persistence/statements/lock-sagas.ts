import type { Row, SqlClient } from '@outrider/service-kit/database';
import type { AcceptedOrder } from '../../domain/accepted-order.js';
import type { Saga } from '../../domain/saga-state.js';
import { ORDERS } from '../tables/orders.js';
import { sagaOf, SAGAS } from '../tables/sagas.js';

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
const FROM_ORDER = ORDERS.pick(
  'customerId',
  'reference',
  'currency',
  'paymentMethod',
  'adjustments',
  'total',
  'metadata',
);
const SELECT = `SELECT clock_timestamp()::text AS now, ${SAGAS.select('s')}, s.traceparent, ${FROM_ORDER.select('o')}
FROM saga s JOIN orders o ON o.id = s.order_id`;

// One statement for a whole batch, in order of id as everyone takes them.
const LOCK = `${SELECT} WHERE s.order_id = ANY($1::uuid[]) ORDER BY s.order_id FOR UPDATE OF s`;

// Every replica scans: those that another one holds are skipped, so that no two do the same and none waits. The
// condition is looked at again under the lock. The index has the minute: no step of an order changes it, or few do. A
// deadline that may not be acted on yet stays the first of what is due: with the limit full of those, no retry would
// ever be taken.
const TAKE_DUE = `${SELECT} WHERE s.due_minute <= now() AND (s.retry_at <= now() OR s.deadline_at <= LEAST(now(), $3::timestamptz))
AND s.order_id <> ALL($2::uuid[]) ORDER BY s.due_minute, s.due_at LIMIT $1 FOR UPDATE OF s SKIP LOCKED`;

const FIRST_LATE = `SELECT s.deadline_at::text AS late FROM saga s
WHERE s.due_minute <= now() AND s.deadline_at <= now() AND s.deadline_at > $1
ORDER BY s.due_minute, s.due_at LIMIT 1`;

type HeldRow = Row & { readonly now: string; readonly traceparent: string | null };

/** Locks the sagas of these orders; those of unknown orders are not in the answer. */
export async function lockSagas(sql: SqlClient, orderIds: readonly string[]): Promise<HeldSagas> {
  const { rows } = await sql.query<HeldRow>(LOCK, [[...new Set(orderIds)]]);
  return heldOf(rows);
}

/**
 * Locks up to `limit` sagas whose retry has come, or whose deadline has and is not after `handledUntil`: the longest
 * overdue first, and none of `except`.
 */
export async function takeDueSagas(
  sql: SqlClient,
  limit: number,
  except: readonly string[],
  handledUntil: Date,
): Promise<HeldSagas> {
  const { rows } = await sql.query<HeldRow>(TAKE_DUE, [limit, except, handledUntil]);
  return heldOf(rows);
}

/** A deadline that has passed and is after `handledUntil`, the longest overdue one; undefined: there is none. */
export async function firstLateDeadline(sql: SqlClient, handledUntil: Date): Promise<Date | undefined> {
  const [row] = (await sql.query<{ late: string }>(FIRST_LATE, [handledUntil])).rows;
  return row === undefined ? undefined : new Date(row.late);
}

function heldOf(rows: readonly HeldRow[]): HeldSagas {
  const times = rows.map(({ now }) => new Date(now).getTime());
  return {
    now: new Date(Math.max(...times)),
    held: new Map(
      rows.map((row) => {
        const stored = SAGAS.read(row);
        const order: AcceptedOrder = { id: stored.orderId, ...FROM_ORDER.read(row) };
        return [order.id, { saga: sagaOf(stored, order.total), order, traceparent: row.traceparent }];
      }),
    ),
  };
}
