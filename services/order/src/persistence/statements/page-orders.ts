import type { CheckState, OrderStatus } from '@outrider/contracts';
import type { SqlClient } from '@outrider/service-kit/database';
import { OUTCOMES, type SagaStep } from '../../domain/saga-state.js';

/** The orders to list. */
export interface OrderFilter {
  /** each customer that is named must be the order's */
  readonly customers: readonly string[];
  readonly statuses?: readonly OrderStatus[] | undefined;
  readonly check?: CheckState | undefined;
  readonly reference?: string | undefined;
  /** placed at this time or later, and before that one */
  readonly createdFrom?: Date | undefined;
  readonly createdBefore?: Date | undefined;
  readonly limit: number;
  /** the ids of orders that the page comes after and before in the list */
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

/** Ids of a page of the list, and whether there are more beyond it in the direction in which it was read. */
export interface PageOfIds {
  readonly ids: readonly string[];
  readonly hasMore: boolean;
}

// The position of an order in the list, or, of an unknown id, that of the newest order with a lower id.
const POSITION =
  'SELECT o.position::text AS position, o.id::text AS id FROM orders o WHERE o.id <= $1 ORDER BY o.id DESC LIMIT 1';

/** The step in which a check that stands so is open. Orders in it are few, and found among those that are open. */
const OPEN_CHECKS: Readonly<Partial<Record<CheckState, SagaStep>>> = {
  DUE: 'RESERVING',
  ASKED: 'CHECKING',
  REVIEW: 'CHECKING',
};

/** Only the conditions of the filter are in the statement, so that each form uses the index that fits. */
class Conditions {
  readonly #all: string[] = [];
  readonly #values: unknown[] = [];

  /** @param condition with a ? for each value; left out when the first one is undefined */
  add(condition: string, ...values: readonly unknown[]): void {
    if (values[0] === undefined) return;
    this.#all.push(values.reduce<string>((text, value) => text.replace('?', this.#parameter(value)), condition));
  }

  async page(sql: SqlClient, from: string, order: string, backwards: boolean, limit: number): Promise<PageOfIds> {
    const filter = this.#all.length === 0 ? '' : `WHERE ${this.#all.join(' AND ')}`;
    // one row more than the limit says whether there are more
    const { rows } = await sql.query<{ id: string }>(
      `SELECT o.id::text AS id FROM ${from} ${filter} ORDER BY ${order} LIMIT ${this.#parameter(limit + 1)}`,
      this.#values,
    );
    const ids = rows.slice(0, limit).map(({ id }) => id);
    return { ids: backwards ? ids.toReversed() : ids, hasMore: rows.length > limit };
  }

  #parameter(value: unknown): string {
    return `$${this.#values.push(value)}`;
  }
}

/** Has its end not been reached? The index of what has a clock has these, and no others. */
const OPEN = 's.due_minute IS NOT NULL';
/** Did it end otherwise than an order should? Of these there is an index; orders that are completed are nearly all. */
const UNSOLD = "s.outcome <> 'COMPLETED' AND s.step = 'DONE'";

const isEnd = (status: OrderStatus): boolean => OUTCOMES.some((outcome) => outcome === status);

/** The status itself is in no index, for each step of an order would write it there. */
function addStatuses(conditions: Conditions, statuses: readonly OrderStatus[] | undefined): void {
  if (statuses === undefined) return;
  if (!statuses.some(isEnd)) conditions.add(`${OPEN} AND s.status = ANY(?::text[])`, statuses);
  else if (statuses.every((status) => isEnd(status) && status !== 'COMPLETED')) {
    conditions.add(`${UNSOLD} AND s.outcome = ANY(?::text[])`, statuses);
  } else conditions.add('s.status = ANY(?::text[])', statuses);
}

function conditionsOf(filter: OrderFilter): Conditions {
  const conditions = new Conditions();
  for (const customer of filter.customers) conditions.add('o.customer_id = ?', customer);
  addStatuses(conditions, filter.statuses);
  const open = filter.check === undefined ? undefined : OPEN_CHECKS[filter.check];
  if (open !== undefined) {
    conditions.add(`${OPEN} AND s.status = 'CREATED' AND s.step = ?`, open);
  }
  conditions.add('s.check_state = ?', filter.check);
  conditions.add('o.reference = ?', filter.reference);
  // as numbers: there are years that only one of JavaScript and PostgreSQL can write
  conditions.add('o.created_at >= to_timestamp(?::float8 / 1000)', filter.createdFrom?.getTime());
  conditions.add('o.created_at < to_timestamp(?::float8 / 1000)', filter.createdBefore?.getTime());
  return conditions;
}

/** Orders below `horizon`, the newest first. With `before` alone, those that come last before it. */
export async function pageOrders(sql: SqlClient, filter: OrderFilter, horizon: number): Promise<PageOfIds> {
  const conditions = conditionsOf(filter);
  conditions.add('o.position < ?::bigint', horizon);
  for (const [id, here, beyond] of [
    [filter.after, '<', '<='],
    [filter.before, '>', '>'],
  ] as const) {
    if (id === undefined) continue;
    const [cursor] = (await sql.query<{ position: string; id: string }>(POSITION, [id])).rows;
    // older than all: nothing comes after it, everything before
    if (cursor === undefined && id === filter.after) return { ids: [], hasMore: false };
    conditions.add(
      `(o.position, o.id) ${cursor?.id === id ? here : beyond} (?::bigint, ?::uuid)`,
      cursor?.position,
      cursor?.id,
    );
  }
  const backwards = filter.before !== undefined && filter.after === undefined;
  const order = backwards ? 'o.position, o.id' : 'o.position DESC, o.id DESC';
  return conditions.page(sql, 'orders o JOIN saga s ON s.order_id = o.id', order, backwards, filter.limit);
}

// By the timeline, which has a row for each change, and of each order the last one: an index on the saga would be written
// at each of its steps.
const CHANGES = `saga_timeline t JOIN saga s ON s.order_id = t.order_id AND s.version = t.version
JOIN orders o ON o.id = s.order_id`;

/**
 * Orders that have changed from `since` on and before `stableAt`, in the order of their changes. `after` is an order that
 * was seen at exactly `since`: those at that time are left out up to it. With `before`, those that come last before it.
 */
export async function pageChangedOrders(
  sql: SqlClient,
  filter: OrderFilter,
  { since, stableAt }: { readonly since: Date; readonly stableAt: Date },
): Promise<PageOfIds> {
  const conditions = conditionsOf(filter);
  conditions.add('t.at < to_timestamp(?::float8 / 1000)', stableAt.getTime());
  if (filter.after === undefined) conditions.add('t.at >= to_timestamp(?::float8 / 1000)', since.getTime());
  else {
    conditions.add('(t.at, t.order_id) > (to_timestamp(?::float8 / 1000), ?::uuid)', since.getTime(), filter.after);
  }
  conditions.add(
    '(t.at, t.order_id) < (SELECT b.updated_at, b.order_id FROM saga b WHERE b.order_id = ?::uuid)',
    filter.before,
  );
  const backwards = filter.before !== undefined && filter.after === undefined;
  const order = backwards ? 't.at DESC, t.order_id DESC' : 't.at, t.order_id';
  return conditions.page(sql, CHANGES, order, backwards, filter.limit);
}
