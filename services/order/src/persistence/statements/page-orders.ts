import type { CheckState, OrderStatus } from '@outrider/contracts';
import type { SqlClient } from '@outrider/service-kit/database';
import type { SagaStep } from '../../domain/saga-state.js';

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

/** The step in which a check that stands so is open. Orders in it are few, and found by their status. */
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

  async page(sql: SqlClient, order: string, backwards: boolean, limit: number): Promise<PageOfIds> {
    const filter = this.#all.length === 0 ? '' : `WHERE ${this.#all.join(' AND ')}`;
    // one row more than the limit says whether there are more
    const { rows } = await sql.query<{ id: string }>(
      `SELECT o.id::text AS id FROM orders o JOIN saga s ON s.order_id = o.id ${filter} ORDER BY ${order} LIMIT ${this.#parameter(limit + 1)}`,
      this.#values,
    );
    const ids = rows.slice(0, limit).map(({ id }) => id);
    return { ids: backwards ? ids.toReversed() : ids, hasMore: rows.length > limit };
  }

  #parameter(value: unknown): string {
    return `$${this.#values.push(value)}`;
  }
}

function conditionsOf(filter: OrderFilter): Conditions {
  const conditions = new Conditions();
  for (const customer of filter.customers) conditions.add('o.customer_id = ?', customer);
  conditions.add('s.status = ANY(?::text[])', filter.statuses);
  const open = filter.check === undefined ? undefined : OPEN_CHECKS[filter.check];
  if (open !== undefined) {
    conditions.add("s.status = 'CREATED' AND s.step = ?", open);
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
  return conditions.page(sql, order, backwards, filter.limit);
}

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
  conditions.add('s.updated_at < to_timestamp(?::float8 / 1000)', stableAt.getTime());
  if (filter.after === undefined) conditions.add('s.updated_at >= to_timestamp(?::float8 / 1000)', since.getTime());
  else {
    conditions.add(
      '(s.updated_at, s.order_id) > (to_timestamp(?::float8 / 1000), ?::uuid)',
      since.getTime(),
      filter.after,
    );
  }
  conditions.add(
    '(s.updated_at, s.order_id) < (SELECT b.updated_at, b.order_id FROM saga b WHERE b.order_id = ?::uuid)',
    filter.before,
  );
  const backwards = filter.before !== undefined && filter.after === undefined;
  const order = backwards ? 's.updated_at DESC, s.order_id DESC' : 's.updated_at, s.order_id';
  return conditions.page(sql, order, backwards, filter.limit);
}
