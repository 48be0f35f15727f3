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

/** What a list is ordered by: columns with the position of an order, or the time of its change, and its id. */
interface ListOrder {
  readonly position: string;
  readonly id: string;
  readonly newestFirst: boolean;
}

/** Only the conditions of the filter are in the statement, so that each form uses the index that fits. */
class Conditions {
  readonly #all: string[] = [];
  readonly #values: unknown[] = [];

  /** @param condition with a ? for each value; left out when the first one is undefined */
  add(condition: string, ...values: readonly unknown[]): void {
    if (values[0] === undefined) return;
    this.#all.push(values.reduce<string>((text, value) => text.replace('?', this.#parameter(value)), condition));
  }

  /**
   * A page of one list, or of several that are one after another in different indexes: each is read as far as the page may
   * reach.
   * @param lists what only the orders of each list have, as a condition with a ? for the value
   */
  async page(
    sql: SqlClient,
    from: string,
    { position, id, newestFirst }: ListOrder,
    backwards: boolean,
    limit: number,
    lists: readonly (readonly [condition: string, value: string])[] = [],
  ): Promise<PageOfIds> {
    // one row more than the limit says whether there are more
    const most = this.#parameter(limit + 1);
    const orderBy = (first: string, second: string): string =>
      `ORDER BY ${newestFirst === backwards ? `${first}, ${second}` : `${first} DESC, ${second} DESC`} LIMIT ${most}`;
    const select = (conditions: readonly string[]): string =>
      `(SELECT ${position} AS position, ${id} AS id FROM ${from} WHERE ${conditions.join(' AND ')} ${orderBy(position, id)})`;
    const own = lists.map(([condition, value]) => condition.replace('?', this.#parameter(value)));
    const selects = own.length === 0 ? [select(this.#all)] : own.map((condition) => select([...this.#all, condition]));
    const { rows } = await sql.query<{ id: string }>(
      `SELECT l.id::text AS id FROM (${selects.join(' UNION ALL ')}) l ${orderBy('l.position', 'l.id')}`,
      this.#values,
    );
    const ids = rows.slice(0, limit).map(({ id: found }) => found);
    return { ids: backwards ? ids.toReversed() : ids, hasMore: rows.length > limit };
  }

  #parameter(value: unknown): string {
    return `$${this.#values.push(value)}`;
  }
}

/** Has its end not been reached? The index of what has a clock has these, and no others. */
const OPEN = 's.due_minute IS NOT NULL';

const isEnd = (status: OrderStatus): boolean => OUTCOMES.some((outcome) => outcome === status);

const ALL: ListOrder = { position: 'o.position', id: 'o.id', newestFirst: true };
/** Of orders that are not to be COMPLETED, which are few; by their outcome. */
const NOT_COMPLETED: ListOrder = { position: 's.not_completed_position', id: 's.order_id', newestFirst: true };

const isNotCompleted = (status: OrderStatus): boolean => isEnd(status) && status !== 'COMPLETED';

/**
 * The outcomes of the orders of the filter, where none of them is COMPLETED and there is not a shorter list to begin with: a
 * customer's orders, or those with a reference.
 */
function outcomesOf({ statuses, check, customers, reference }: OrderFilter): readonly OrderStatus[] | undefined {
  if (customers.length > 0 || reference !== undefined) return undefined;
  const those = statuses ?? (check === 'REFUSED' ? OUTCOMES.filter((status) => isNotCompleted(status)) : []);
  return those.length > 0 && those.every((status) => isNotCompleted(status)) ? [...new Set(those)] : undefined;
}

/** The status itself is in no index, for each step of an order would write it there. */
function addStatuses(conditions: Conditions, statuses: readonly OrderStatus[] | undefined): void {
  if (statuses === undefined) return;
  if (!statuses.some(isEnd)) conditions.add(`${OPEN} AND s.status = ANY(?::text[])`, statuses);
  else if (statuses.every((status) => isEnd(status))) {
    conditions.add("s.step = 'DONE' AND s.outcome = ANY(?::text[])", statuses);
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
  // Not by the index of the times, for then all orders of a span would be sorted for one page: the terms keep that index
  // out, and are two, so that PostgreSQL does not take them for a span, of which it would expect next to nothing.
  conditions.add("o.created_at + interval '0' >= to_timestamp(?::float8 / 1000)", filter.createdFrom?.getTime());
  conditions.add("o.created_at - interval '0' < to_timestamp(?::float8 / 1000)", filter.createdBefore?.getTime());
  return conditions;
}

/**
 * So long, in ms, may it take from the start of the transaction that places an order, which is the order's time, to the draw
 * of its position; and so far may the database's clock be set back.
 */
const LATEST_DRAW_MS = 3_600_000;

// An order of an hour before has a lower position than any that was placed at a time or later, and one of an hour after a
// higher one than any that was placed before that time.
const SPAN = `SELECT
  (SELECT position FROM orders WHERE created_at < to_timestamp(($1::float8 - ${LATEST_DRAW_MS}) / 1000) ORDER BY created_at DESC LIMIT 1)::text AS low,
  (SELECT position FROM orders WHERE created_at >= to_timestamp(($2::float8 + ${LATEST_DRAW_MS}) / 1000) ORDER BY created_at LIMIT 1)::text AS high`;

/** The positions between which the orders of the filter's times lie. */
async function readSpan(sql: SqlClient, { createdFrom, createdBefore }: OrderFilter) {
  if (createdFrom === undefined && createdBefore === undefined) return { low: null, high: null };
  const times = [createdFrom?.getTime() ?? null, createdBefore?.getTime() ?? null];
  const [span] = (await sql.query<{ low: string | null; high: string | null }>(SPAN, times)).rows;
  return span ?? { low: null, high: null };
}

/** Orders below `horizon`, the newest first. With `before` alone, those that come last before it. */
export async function pageOrders(sql: SqlClient, filter: OrderFilter, horizon: number): Promise<PageOfIds> {
  const conditions = conditionsOf(filter);
  const outcomes = outcomesOf(filter);
  const list = outcomes === undefined ? ALL : NOT_COMPLETED;
  const { position, id: orderId } = list;
  const { low, high } = await readSpan(sql, filter);
  const lows = low === null ? [] : [Number(low)];
  const highs = [horizon - 1, ...(high === null ? [] : [Number(high)])];
  const cursors: Parameters<typeof conditions.add>[] = [];
  for (const [id, here, beyond] of [
    [filter.after, '<', '<='],
    [filter.before, '>', '>'],
  ] as const) {
    if (id === undefined) continue;
    const [cursor] = (await sql.query<{ position: string; id: string }>(POSITION, [id])).rows;
    // older than all: nothing comes after it, everything before
    if (cursor === undefined && id === filter.after) return { ids: [], hasMore: false };
    if (cursor === undefined) continue;
    (id === filter.after ? highs : lows).push(Number(cursor.position));
    const than = cursor.id === id ? here : beyond;
    cursors.push([`(${position}, ${orderId}) ${than} (?::bigint, ?::uuid)`, cursor.position, cursor.id]);
  }
  // One limit each, and before the cursors: a walk begins where the first of its conditions says, not where the strictest does.
  conditions.add(`${position} <= ?::bigint`, Math.min(...highs));
  conditions.add(`${position} >= ?::bigint`, lows.length === 0 ? undefined : Math.max(...lows));
  for (const cursor of cursors) conditions.add(...cursor);
  const backwards = filter.before !== undefined && filter.after === undefined;
  const lists = outcomes?.map((outcome) => ['s.outcome = ?', outcome] as const);
  return conditions.page(sql, 'orders o JOIN saga s ON s.order_id = o.id', list, backwards, filter.limit, lists);
}

// By the timeline, which has a row for each change, and of each order the last one: an index on the saga would be written
// at each of its steps.
const CHANGES = `saga_timeline t JOIN saga s ON s.order_id = t.order_id AND s.version = t.version
JOIN orders o ON o.id = s.order_id`;
const BY_CHANGE: ListOrder = { position: 't.at', id: 't.order_id', newestFirst: false };

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
  return conditions.page(sql, CHANGES, BY_CHANGE, backwards, filter.limit);
}
