import type { Running } from '@outrider/scripts/installation/describe';
import { Customers, subjectOf } from '@outrider/scripts/orders/customers';
import { FREQUENT_CUSTOMER, rowsOf } from './store-orders.js';

const DAY_MS = 86_400_000;
const HALF_A_YEAR_MS = 182 * DAY_MS;
const SOME = 64;

/** What is read, in the order in which it is shown. */
export const READS = [
  'an order',
  'its timeline',
  'its refunds',
  'its payment',
  'its reservation',
  'a customer’s orders, first page',
  'a customer’s orders, far back',
  'all orders, first page',
  'all orders, far back',
  'all orders that failed',
  'all orders that failed, far back',
  'all orders that are open',
  'all orders in review',
  'all orders by reference',
  'all orders of a day',
  'all orders of a quarter, far back',
  'all changes since half a year',
  'metrics of order',
  'metrics of inventory',
  'metrics of payment',
] as const;
export type Read = (typeof READS)[number];

export interface ReadRequest {
  readonly service: 'order' | 'inventory' | 'payment';
  readonly url: string;
  readonly token: string;
}

/** @returns for each read its requests: some of them, of different orders where it is about one order */
export async function readRequests({ up, identity }: Running): Promise<Readonly<Record<Read, readonly ReadRequest[]>>> {
  const { order, inventory, payment } = up.services;
  const { admin } = up.tokens;
  const frequent = await new Customers(identity).token(FREQUENT_CUSTOMER);
  const one = async (text: string): Promise<string> =>
    (await rowsOf<{ value: string }>(order.databaseUrl, text))[0]?.value ?? '';
  const ids = (
    await rowsOf<{ id: string }>(
      order.databaseUrl,
      // spread over all, the same ones of the same rows
      `SELECT o.id FROM (SELECT min(position) AS low, max(position) AS high FROM orders) p, generate_series(0, ${SOME - 1}) n,
       LATERAL (SELECT id FROM orders WHERE position >= p.low + (p.high - p.low) * n / ${SOME} ORDER BY position LIMIT 1) o`,
    )
  ).map(({ id }) => id);
  const farBack = (where: string): Promise<string> =>
    one(`SELECT id AS value FROM (SELECT o.id, o.position, row_number() OVER (ORDER BY o.position) AS nth, count(*) OVER () AS n
      FROM orders o JOIN saga s ON s.order_id = o.id WHERE ${where}) o WHERE nth >= n * 0.2 ORDER BY nth LIMIT 1`);
  const customerId = subjectOf(FREQUENT_CUSTOMER);
  const [customerBack, allBack, failedBack, reference] = await Promise.all([
    farBack(`o.customer_id = '${customerId}'`),
    farBack('true'),
    farBack(`s.outcome = 'FAILED'`),
    one(`SELECT reference AS value FROM orders WHERE id = '${ids[SOME / 2]}'`),
  ]);
  const halfYear = Date.now() - HALF_A_YEAR_MS;
  const at = (ms: number): string => new Date(ms).toISOString();
  const each = (service: ReadRequest['service'], url: (id: string) => string): ReadRequest[] =>
    ids.map((id) => ({ service, url: url(id), token: admin }));
  const list = (query: Readonly<Record<string, string>>, token = admin): readonly ReadRequest[] => [
    { service: 'order', url: `${order.url}/orders?${new URLSearchParams(query).toString()}`, token },
  ];
  const metrics = (service: ReadRequest['service']): readonly ReadRequest[] => [
    { service, url: up.services[service].metricsUrl, token: admin },
  ];
  return {
    'an order': each('order', (id) => `${order.url}/orders/${id}`),
    'its timeline': each('order', (id) => `${order.url}/orders/${id}/timeline`),
    'its refunds': each('order', (id) => `${order.url}/orders/${id}/refunds`),
    'its payment': each('payment', (id) => `${payment.url}/payments?orderId=${id}`),
    'its reservation': each('inventory', (id) => `${inventory.url}/reservations?orderId=${id}`),
    'a customer’s orders, first page': list({}, frequent),
    'a customer’s orders, far back': list({ customer_id: customerId, starting_after: customerBack }),
    'all orders, first page': list({}),
    'all orders, far back': list({ starting_after: allBack }),
    'all orders that failed': list({ status: 'FAILED' }),
    // of a few orders none may have failed
    'all orders that failed, far back': list({ status: 'FAILED', ...(failedBack && { starting_after: failedBack }) }),
    'all orders that are open': list({ status: 'CREATED,PAYING,PAID,COMPENSATING,CANCELLING,REFUNDING' }),
    'all orders in review': list({ check: 'REVIEW' }),
    'all orders by reference': list({ reference }),
    'all orders of a day': list({ created_after: at(halfYear), created_before: at(halfYear + DAY_MS) }),
    'all orders of a quarter, far back': list({
      created_after: at(halfYear),
      created_before: at(halfYear + 91 * DAY_MS),
    }),
    'all changes since half a year': list({ updated_since: at(halfYear) }),
    'metrics of order': metrics('order'),
    'metrics of inventory': metrics('inventory'),
    'metrics of payment': metrics('payment'),
  };
}
