import type { UpFile } from '@outrider/scripts/run/up-file';
import { subjectOf } from '@outrider/scripts/orders/customers';
import pg from 'pg';
import { copyRows, type CopiedTable, type Copies } from './copy-rows.js';

const DAY_MS = 86_400_000;
/** Copies lie in the year before, and none in the last two days. */
const FIRST_SHIFT_MS = 365 * DAY_MS;
const LAST_SHIFT_MS = 2 * DAY_MS;
/** Events, ids of events and stored answers are kept for days: those of so many orders. */
const RECENT_ORDERS = 20_000;

/** This customer has placed one of fifty of all orders; every copy of another one is a customer of its own. */
export const FREQUENT_CUSTOMER = 'customer-0';

const ORDER = (copies: number, positions: number): readonly CopiedTable[] => [
  {
    name: 'orders',
    order: 't.position, t.id',
    numbered: ['idempotency_key', 'reference'],
    as: {
      customer_id: `CASE WHEN t.customer_id = '${subjectOf(FREQUENT_CUSTOMER)}' THEN t.customer_id ELSE t.customer_id || '-' || c.n END`,
      // the rows that are copied are the latest, so their positions are the highest
      position: `t.position - (${copies} - c.n + 1) * ${positions}`,
    },
  },
  { name: 'order_line', order: 't.order_id, t.position', keep: ['product_id'] },
  {
    name: 'saga',
    order: 't.order_id',
    as: { not_completed_position: `t.not_completed_position - (${copies} - c.n + 1) * ${positions}` },
  },
  { name: 'saga_command', order: 't.order_id, t.sent_at' },
  { name: 'saga_timeline', order: 't.at, t.order_id' },
  { name: 'refund', order: 't.id', numbered: ['idempotency_key', 'provider_refund_id'] },
];

// The movements of an order come after a delivery that brings back what its copy sells: each copy begins and ends with the
// levels that the rows themselves begin and end with. A delivery of nothing is written too, so that versions have no gap.
const MOVEMENTS = `SELECT m.*, o.had - o.has AS delivered, o.many, o.top, row_number() OVER (PARTITION BY m.product_id ORDER BY m.version) AS nth
FROM stock_movement m JOIN moved o USING (product_id) WHERE m.reason NOT IN ('INITIAL', 'ADJUSTED')
UNION ALL
SELECT m.*, o.had - o.has, o.many, o.top, 0 FROM moved o
JOIN LATERAL (SELECT * FROM stock_movement f WHERE f.product_id = o.product_id AND f.reason NOT IN ('INITIAL', 'ADJUSTED') ORDER BY f.version LIMIT 1) m ON true`;
const DELIVERY = 't.nth = 0';
const INVENTORY: readonly CopiedTable[] = [
  {
    name: 'stock_movement',
    order: 't.created_at, t.product_id, t.nth',
    keep: ['product_id'],
    from: `WITH moved AS (
  SELECT product_id, count(*) AS many, max(version) AS top, (array_agg(on_hand - on_hand_delta ORDER BY version))[1] AS had,
    (array_agg(on_hand ORDER BY version DESC))[1] AS has
  FROM stock_movement WHERE reason NOT IN ('INITIAL', 'ADJUSTED') GROUP BY product_id) ${MOVEMENTS}`,
    as: {
      version: 't.top + (c.n - 1) * (t.many + 1) + 1 + t.nth',
      reason: `CASE WHEN ${DELIVERY} THEN 'ADJUSTED' ELSE t.reason END`,
      reference: `CASE WHEN ${DELIVERY} THEN 'delivery-' || c.n ELSE pg_temp.copy_id(t.reference::uuid, c.n, c.shift)::text END`,
      on_hand_delta: `CASE WHEN ${DELIVERY} THEN t.delivered ELSE t.on_hand_delta END`,
      reserved_delta: `CASE WHEN ${DELIVERY} THEN 0 ELSE t.reserved_delta END`,
      on_hand: `CASE WHEN ${DELIVERY} THEN t.on_hand - t.on_hand_delta ELSE t.on_hand END`,
      reserved: `CASE WHEN ${DELIVERY} THEN 0 ELSE t.reserved END`,
    },
  },
  { name: 'reservation', order: 't.order_id' },
  { name: 'reservation_command', order: 't.order_id' },
];

const PAYMENT: readonly CopiedTable[] = [
  { name: 'payment', order: 't.order_id', numbered: ['provider_reference'] },
  { name: 'payment_command', order: 't.position' },
  { name: 'refund', order: 't.created_at', numbered: ['provider_refund_id'] },
  {
    name: 'provider_event',
    order: 't.received_at',
    numbered: ['event_id'],
    now: true,
    as: { order_id: 'pg_temp.copy_id(t.order_id, c.n, c.shift)' },
  },
];

/** What is only kept for a while, the same in each service. */
const KEPT_FOR_A_WHILE: readonly CopiedTable[] = [
  { name: 'outbox_event', order: 't.id', now: true },
  { name: 'inbox_event', order: 't.event_id', now: true },
  { name: 'idempotency_record', order: 't.created_at', numbered: ['key'], now: true },
];

const LIST = `SELECT count(*)::int AS orders, max(position)::float8 AS positions FROM orders`;
const OPEN = {
  order: 'SELECT FROM saga WHERE due_minute IS NOT NULL UNION ALL SELECT FROM outbox_pending',
  inventory: `SELECT FROM reservation WHERE status IN ('WAITING', 'RESERVED') UNION ALL SELECT FROM outbox_pending`,
  payment: `SELECT FROM payment_command WHERE state <> 'DONE' UNION ALL SELECT FROM outbox_pending`,
  product: 'SELECT FROM outbox_pending',
} as const;

/** Is nothing under way, neither an order nor an event? */
export async function isQuiet({ services }: UpFile): Promise<boolean> {
  for (const service of ['order', 'inventory', 'payment', 'product'] as const) {
    if ((await rowsOf(services[service].databaseUrl, OPEN[service])).length > 0) return false;
  }
  return true;
}

/**
 * Copies the orders that are there, with all that the services keep of them, until there are `wanted` or just over. To
 * be called when all have ended and nothing is under way.
 *
 * Not copied: Kafka's messages and the provider's charges, which no order reads again; answers and requests are kept as they
 * are, with the ids of their originals, for only the same command again would read them.
 * @param adminUrl of a superuser
 * @returns how many orders there are then
 */
export async function storeOrders(
  up: UpFile,
  adminUrl: string,
  wanted: number,
  progress: (text: string) => void,
): Promise<number> {
  const { order, inventory, payment, product } = up.services;
  const [list] = await rowsOf<{ orders: number; positions: number }>(order.databaseUrl, LIST);
  if (list === undefined || list.orders === 0) throw new Error('there is no order to be copied');
  const count = Math.ceil((wanted - list.orders) / list.orders);
  if (count <= 0) return list.orders;
  const copies: Copies = {
    count,
    recent: Math.ceil(RECENT_ORDERS / list.orders),
    firstShiftMs: FIRST_SHIFT_MS,
    lastShiftMs: LAST_SHIFT_MS,
  };
  const moved = count * list.positions;
  await rowsOf(order.databaseUrl, `UPDATE orders SET position = position + ${moved}`);
  await rowsOf(order.databaseUrl, `SELECT setval('orders_list', nextval('orders_list') + ${moved})`);
  const copy = (url: string, tables: readonly CopiedTable[], after: readonly string[] = []) =>
    copyRows(withDatabaseOf(adminUrl, url), [...tables, ...KEPT_FOR_A_WHILE], copies, after, (made) =>
      progress(`${made} of ${count} copies in ${new URL(url).pathname.slice(1)}`),
    );
  const before = await rowsOf(inventory.databaseUrl, VERSIONS);
  await Promise.all([
    copy(order.databaseUrl, ORDER(count, list.positions)),
    copy(inventory.databaseUrl, INVENTORY, [NEWEST_VERSIONS]),
    copy(payment.databaseUrl, PAYMENT),
  ]);
  const after = await rowsOf(inventory.databaseUrl, VERSIONS);
  await rowsOf(product.databaseUrl, SHOWN_VERSIONS, [JSON.stringify(before), JSON.stringify(after)]);
  return list.orders * (count + 1);
}

const NEWEST_VERSIONS = `UPDATE stock s SET version = m.version
FROM (SELECT product_id, max(version) AS version FROM stock_movement GROUP BY product_id) m WHERE m.product_id = s.product_id`;
const VERSIONS = 'SELECT product_id AS id, version FROM stock';
/**
 * What is shown need not be the newest: a movement that leaves as many pieces available is not published. The movement of the
 * last copy that it is shown by has the same levels, and lies as many versions later as the newest.
 */
const SHOWN_VERSIONS = `UPDATE product_stock s SET version = s.version + a.version - b.version
FROM json_to_recordset($1::json) AS b(id uuid, version bigint), json_to_recordset($2::json) AS a(id uuid, version bigint)
WHERE s.product_id = b.id AND a.id = b.id`;

function withDatabaseOf(adminUrl: string, databaseUrl: string): string {
  const url = new URL(adminUrl);
  url.pathname = new URL(databaseUrl).pathname;
  return url.href;
}

/** One statement of a connection of its own. */
export async function rowsOf<R extends object = object>(
  url: string,
  text: string,
  values?: readonly unknown[],
): Promise<readonly R[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'bench' });
  await client.connect();
  try {
    return (await client.query<R>(text, values === undefined ? undefined : [...values])).rows;
  } finally {
    await client.end();
  }
}
