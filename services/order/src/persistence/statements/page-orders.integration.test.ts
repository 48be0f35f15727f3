import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { serviceSessionSettings, type SqlClient } from '@outrider/service-kit/database';
import pg from 'pg';
import { openShop, type Shop } from '../../testing/shop.js';
import { pageChangedOrders, pageOrders, type OrderFilter, type PageOfIds } from './page-orders.js';

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly Plan[];
}

const ORDERS = 20_000;
const LIMIT = 50;
const START = Date.parse('2026-01-01T00:00:00Z');
/** one a minute */
const timeOf = (n: number): Date => new Date(START + n * 60_000);
const idOf = (n: number): string => `01a00000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

let shop: Shop;
let client: pg.Client;
let sql: SqlClient;
let plans: Plan[] = [];

beforeAll(async () => {
  shop = await openShop({ SCAN_EVERY_MS: '3600000' });
  // every 20th failed, every 1000th was cancelled; those changed again a day after all others were placed
  const numbered = `WITH n AS (SELECT n, ('01a00000-0000-7000-8000-'||lpad(to_hex(n),12,'0'))::uuid AS id,
      $1::timestamptz + n * interval '1 minute' AS at FROM generate_series(1, $2::int) n)`;
  await shop.service.sql(
    `${numbered}
     INSERT INTO orders(id, customer_id, idempotency_key, reference, currency, payment_method, adjustments, total, created_at)
     SELECT id, 'customer-'||n % 400, 'key-'||n, 'reference-'||n % 5000, 'EUR', 'pm_card', '[]', 100, at FROM n ORDER BY n`,
    [new Date(START), ORDERS],
  );
  await shop.service.sql(
    `${numbered}
     INSERT INTO saga(order_id, step, status, outcome, payment_asked, cancel_requested, attempts, captured_amount, refunded_amount,
        started_version, started_at, entered_at, updated_at, version, check_state)
     SELECT id, 'DONE', s.status, s.status, s.status = 'COMPLETED', false, 0, 0, 0, '1', at, at,
        CASE s.status WHEN 'CANCELLED' THEN at + interval '30 days' ELSE at END, 3, CASE n % 2000 WHEN 20 THEN 'REFUSED' END
     FROM n, LATERAL (SELECT CASE WHEN n % 1000 = 0 THEN 'CANCELLED' WHEN n % 20 = 0 THEN 'FAILED' ELSE 'COMPLETED' END AS status) s`,
    [new Date(START), ORDERS],
  );
  await shop.service.sql(
    `INSERT INTO saga_timeline(order_id, version, at, input, step, status, sent)
     SELECT order_id, v, CASE v WHEN 3 THEN updated_at ELSE started_at END, '', step, status, '{}'
     FROM saga, generate_series(1, 3) v`,
  );
  for (const table of ['orders', 'saga', 'saga_timeline']) await shop.service.sql(`ANALYZE ${table}`);
  client = new pg.Client({
    connectionString: shop.service.databaseUrl,
    options: Object.entries(serviceSessionSettings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
  });
  await client.connect();
  // the plan of a service's connection is the one that is kept for a statement, whatever its values: EXPLAIN alone would show another
  let statements = 0;
  sql = {
    async query<R extends object>(text: string, values: readonly unknown[] = []) {
      const name = `page_${(statements += 1)}`;
      await client.query(`PREPARE ${name} AS ${text}`);
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
        `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE ${name}(${values.map((value) => literal(value)).join(', ')})`,
      );
      const [row] = rows;
      if (row !== undefined) plans.push(row['QUERY PLAN'][0].Plan);
      const answer = await client.query<R>(text, [...values]);
      return { rows: answer.rows, rowCount: answer.rowCount ?? 0 };
    },
  };
});
afterAll(async () => {
  await client.end();
  await shop.service.close();
});

/** A value as SQL: EXECUTE takes no parameters. */
function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (Array.isArray(value)) return `ARRAY[${value.map((item) => literal(item)).join(', ')}]::text[]`;
  if (value instanceof Date) return literal(value.toISOString());
  return pg.escapeLiteral(typeof value === 'string' ? value : JSON.stringify(value));
}

const nodes = (plan: Plan): readonly Plan[] => [plan, ...(plan.Plans ?? []).flatMap((part) => nodes(part))];
const looked = (plan: Plan): number =>
  plan['Actual Loops'] *
  (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0) + (plan['Rows Removed by Index Recheck'] ?? 0));

interface PageRead {
  readonly ids: readonly string[];
  /** looked at for it */
  readonly rows: number;
  readonly buffers: number;
}

/** Runs a page. */
async function read(work: () => Promise<PageOfIds>): Promise<PageRead> {
  plans = [];
  const { ids } = await work();
  const all = plans.flatMap((plan) => nodes(plan));
  expect(all.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name'])).toEqual([]);
  const buffers = plans.reduce((sum, plan) => sum + plan['Shared Hit Blocks'] + plan['Shared Read Blocks'], 0);
  return { ids, rows: Math.max(...all.map((node) => looked(node))), buffers };
}

const everything = { customers: [], limit: LIMIT };
const numbers = Array.from({ length: ORDERS }, (_, n) => ORDERS - n);
/** the ids of the first page of those that are meant, the newest first */
const newest = (meant: (n: number) => boolean): readonly string[] =>
  numbers
    .filter((n) => meant(n))
    .slice(0, LIMIT)
    .map((n) => idOf(n));
const cancelled = (n: number): boolean => n % 1000 === 0;
const failed = (n: number): boolean => n % 20 === 0 && !cancelled(n);

test.each<[string, Partial<OrderFilter>, readonly string[], number]>([
  ['the newest', {}, newest(() => true), 60],
  ['what comes after one', { after: idOf(10_001) }, newest((n) => n < 10_001), 60],
  ['what comes before one', { before: idOf(10_000) }, newest((n) => n <= 10_050), 60],
  ['what is between', { after: idOf(10_051), before: idOf(10_020) }, newest((n) => n < 10_051).slice(0, 30), 60],
  [
    'what comes after one that is not there',
    { after: `${idOf(10_001).slice(0, 14)}7fff-bfff-ffffffffffff` },
    newest(() => true),
    60,
  ],
  ['of a customer', { customers: ['customer-7'] }, newest((n) => n % 400 === 7), 60],
  ['of two customers at once', { customers: ['customer-7', 'customer-8'] }, [], 60],
  [
    'of a customer, before one',
    { customers: ['customer-7'], before: idOf(207) },
    newest((n) => n % 400 === 7 && n > 207),
    60,
  ],
  ['of statuses that are rare', { statuses: ['CANCELLED', 'REFUNDED'] }, newest(cancelled), 60],
  ['of an outcome that none has', { statuses: ['REFUNDED'] }, [], 60],
  ['of a status, named twice', { statuses: ['CANCELLED', 'CANCELLED'] }, newest(cancelled), 60],
  ['of two statuses', { statuses: ['FAILED', 'CANCELLED'] }, newest((n) => n % 20 === 0), 60],
  [
    'of two statuses, one of which is usual',
    { statuses: ['COMPLETED', 'CANCELLED'] },
    newest((n) => n % 20 !== 0 || cancelled(n)),
    60,
  ],
  ['of a customer, failed', { customers: ['customer-20'], statuses: ['FAILED'] }, newest((n) => n % 400 === 20), 60],
  ['by reference, failed', { reference: 'reference-40', statuses: ['FAILED'] }, newest((n) => n % 5000 === 40), 60],
  ['refused by a check', { check: 'REFUSED' }, newest((n) => n % 2000 === 20), 1_100],
  ['by reference', { reference: 'reference-17' }, newest((n) => n % 5000 === 17), 60],
  [
    'placed in an hour',
    { createdFrom: timeOf(9_000), createdBefore: timeOf(9_060) },
    newest((n) => n >= 9_000 && n < 9_060),
    200,
  ],
])('%s: by an index', async (_, filter, ids, most) => {
  const page = await read(() => pageOrders(sql, { ...everything, ...filter }, ORDERS * 10));
  expect(page.ids).toEqual(ids);
  expect(page.rows).toBeLessThanOrEqual(most);
});

test.each<[string, Partial<OrderFilter>, readonly string[]]>([
  ['what comes after one', { after: idOf(1_001) }, newest((n) => n < 1_001)],
  [
    'of a customer who has many',
    { customers: ['customer-0'], after: idOf(4_001) },
    newest((n) => n < 4_001 && n % 400 === 0),
  ],
  ['failed', { statuses: ['FAILED'], after: idOf(2_001) }, newest((n) => n < 2_001 && failed(n))],
  [
    'placed before a time, and failed',
    { statuses: ['FAILED'], createdBefore: timeOf(2_001) },
    newest((n) => n < 2_001 && failed(n)),
  ],
  ['cancelled', { statuses: ['CANCELLED'], after: idOf(10_001) }, newest((n) => n < 10_001 && cancelled(n))],
  ['placed before a time', { createdBefore: timeOf(1_001) }, newest((n) => n < 1_001)],
  [
    'placed in half a week',
    { createdFrom: timeOf(1_000), createdBefore: timeOf(6_000) },
    newest((n) => n >= 1_000 && n < 6_000),
  ],
])('%s, far back in the list: as cheap as its beginning', async (_, filter, ids) => {
  const first = await read(() => pageOrders(sql, everything, ORDERS * 10));
  const farBack = await read(() => pageOrders(sql, { ...everything, ...filter }, ORDERS * 10));
  expect(farBack.ids).toEqual(ids);
  // the way to where it begins, the orders of an hour, pages that orders side by side share; and no part of the list before
  expect(farBack.buffers).toBeLessThanOrEqual(first.buffers + 60);
});

test('an order that was inserted up to an hour after its time is listed by that', async () => {
  const [late, other] = [timeOf(30_000), timeOf(30_059)];
  const id = `${idOf(1).slice(0, 14)}7aaa-8000-000000000001`;
  await shop.service.sql(
    `WITH o AS (INSERT INTO orders(id, customer_id, idempotency_key, currency, payment_method, adjustments, total, created_at)
       SELECT x.id, 'late', x.key, 'EUR', 'pm_card', '[]', 100, x.at FROM
         (VALUES (1, $1::uuid, 'first', $3::timestamptz), (2, $2::uuid, 'second', $4::timestamptz)) x(n, id, key, at) ORDER BY n)
     INSERT INTO saga(order_id, step, status, outcome, payment_asked, cancel_requested, attempts, captured_amount, refunded_amount,
        started_version, started_at, entered_at, updated_at, version)
     SELECT x.id, 'DONE', 'COMPLETED', 'COMPLETED', true, false, 0, 0, 0, '1', now(), now(), now(), 1
     FROM (VALUES ($1::uuid), ($2::uuid)) x(id)`,
    [`${id.slice(0, -1)}2`, id, other, late],
  );
  const of = (filter: Partial<OrderFilter>) =>
    pageOrders(sql, { ...everything, customers: ['late'], ...filter }, ORDERS * 10);
  try {
    expect((await of({ createdBefore: other })).ids).toEqual([id]);
    expect((await of({ createdFrom: other })).ids).toEqual([`${id.slice(0, -1)}2`]);
    expect((await of({ createdFrom: late })).ids).toHaveLength(2);
  } finally {
    await shop.service.sql(`DELETE FROM saga WHERE order_id IN (SELECT id FROM orders WHERE customer_id = 'late')`);
    await shop.service.sql(`DELETE FROM orders WHERE customer_id = 'late'`);
  }
});

test('what has changed, in the order of the changes: by an index', async () => {
  const stableAt = timeOf(ORDERS * 10);
  const changed = (filter: Partial<OrderFilter>, since: Date) =>
    read(() => pageChangedOrders(sql, { ...everything, ...filter }, { since, stableAt }));
  const upwards = (first: number): string[] => Array.from({ length: LIMIT }, (_, k) => idOf(first + k));
  const some = await changed({}, timeOf(12_001));
  expect(some.ids).toEqual(upwards(12_001));
  const beyond = await changed({ after: idOf(12_001) }, timeOf(12_001));
  expect(beyond.ids).toEqual(upwards(12_002));
  const before = await changed({ before: idOf(12_099) }, timeOf(1));
  expect(before.ids.at(-1)).toBe(idOf(12_098));
  expect(before.ids).toHaveLength(LIMIT);
  const late = await changed({}, timeOf(ORDERS + 1));
  expect(late.ids).toEqual(Array.from({ length: 20 }, (_, k) => idOf((k + 1) * 1000)));
  // each change is looked at, the last of each order is shown
  for (const { rows } of [some, beyond, before, late]) expect(rows).toBeLessThanOrEqual(4 * 60);
});

test('no two indexes for lists of orders begin with the same column: each is written for every order', async () => {
  const indexes = await shop.service.sql<{ name: string; first: string }>(
    `SELECT i.indexrelid::regclass::text AS name, a.attname AS first FROM pg_index i
     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
     WHERE i.indrelid = 'orders'::regclass AND NOT i.indisunique ORDER BY 1`,
  );
  const first = indexes.map((index) => index.first);
  expect(first).toContain('customer_id');
  expect(indexes.filter((index) => first.filter((column) => column === index.first).length > 1)).toEqual([]);
});
