import { newId, type EventOf, type ProductQuantity } from '@outrider/contracts';
import { startTestService, type TestService } from '@outrider/service-kit/testing';
import { inventoryService } from '../inventory.module.js';

export const KEYS = { stock: 'key-for-stock', read: 'key-to-read', other: 'key-of-others' } as const;

/** Inventory running, with what tests do to it and read of it. */
export interface Warehouse {
  readonly service: TestService;
  /** Registers a product as the catalogue would. @returns its id */
  product(initialStock: number, id?: string): Promise<string>;
  products(count: number, initialStock: number): Promise<string[]>;
  create(orderId: string, lines: readonly ProductQuantity[], commandId?: string): Promise<string>;
  extend(orderId: string, until: Date): Promise<string>;
  confirm(orderId: string, commandId?: string): Promise<string>;
  release(orderId: string, commandId?: string): Promise<string>;
  restock(orderId: string, refundId: string, lines: readonly ProductQuantity[]): Promise<string>;
  /** The events about an order, in order. */
  sent(orderId: string): Promise<EventOf<'order-event'>[]>;
  /** Waits until orders were given so many answers in all. */
  untilAnswered(count: number): Promise<void>;
  /** Waits until so many events about an order were sent. */
  untilSent(orderId: string, count: number): Promise<EventOf<'order-event'>[]>;
  stock(productId: string): Promise<{ onHand: number; reserved: number; available: number; version: number }>;
  status(orderId: string): Promise<string | undefined>;
}

export async function openWarehouse(
  env: Readonly<Record<string, string>> = {},
  definition = inventoryService,
): Promise<Warehouse> {
  const service = await startTestService(definition, {
    env: { RESERVATION_SCAN_MS: '20', ...env },
    apiKeys: { [KEYS.stock]: ['inventory:stock'], [KEYS.read]: ['inventory:read'], [KEYS.other]: ['payment:read'] },
  });
  const sent = async (orderId: string): Promise<EventOf<'order-event'>[]> =>
    (await service.emitted('order-event')).filter((event) => event.orderId === orderId);
  const known = async (ids: readonly string[]): Promise<boolean> =>
    (await service.sql('SELECT 1 FROM stock WHERE product_id = ANY($1::uuid[])', [ids])).length === ids.length;
  const registered = (initialStock: number) => ({
    sku: 'sku',
    name: 'name',
    price: 100,
    currency: 'EUR',
    version: 1,
    initialStock,
  });
  return {
    service,
    async product(initialStock, id = newId()) {
      await service.publish('catalog-event', 'PRODUCT_REGISTERED', id, registered(initialStock));
      await service.until('the product is known', () => known([id]));
      return id;
    },
    async products(count, initialStock) {
      const ids = Array.from({ length: count }, newId);
      await service.publishAll(
        'catalog-event',
        ids.map((key) => ({ type: 'PRODUCT_REGISTERED', key, payload: registered(initialStock) })),
      );
      await service.until('the products are known', () => known(ids));
      return ids;
    },
    create: (orderId, lines, commandId = newId()) =>
      service.publish('reservation-event', 'RESERVATION_CREATE_REQUEST', orderId, { commandId, lines: [...lines] }),
    extend: (orderId, until) =>
      service.publish('reservation-event', 'RESERVATION_EXTEND_REQUEST', orderId, {
        commandId: newId(),
        until: until.toISOString(),
      }),
    confirm: (orderId, commandId = newId()) =>
      service.publish('reservation-event', 'RESERVATION_CONFIRM_REQUEST', orderId, { commandId }),
    release: (orderId, commandId = newId()) =>
      service.publish('reservation-event', 'RESERVATION_RELEASE_REQUEST', orderId, { commandId, reason: 'test' }),
    restock: (orderId, refundId, lines) =>
      service.publish('reservation-event', 'RESERVATION_RESTOCK_REQUEST', orderId, {
        commandId: newId(),
        refundId,
        lines: [...lines],
      }),
    sent,
    // counted by the database: reading every event again and again would cost more than what is tested
    untilAnswered: (count) =>
      service.until(`${count} answers are given`, async () => {
        const sql = `SELECT count(*) AS n FROM outbox_event WHERE topic='order-event' AND event_type<>'RESERVATION_EXPIRED'`;
        return Number((await service.sql<{ n: string }>(sql))[0]?.n) >= count;
      }),
    async untilSent(orderId, count) {
      await service.until(`${count} events about the order`, async () => {
        const sql = `SELECT 1 FROM outbox_event WHERE topic='order-event' AND msg_key=$1`;
        return (await service.sql(sql, [orderId])).length >= count;
      });
      return sent(orderId);
    },
    async stock(productId) {
      const { status, body } = await service.call('GET', `/stock/${productId}`, { apiKey: KEYS.stock });
      if (status !== 200) throw new Error(`stock answered ${status}`);
      return body;
    },
    async status(orderId) {
      const { body } = await service.call('GET', `/reservations?orderId=${orderId}`, { apiKey: KEYS.read });
      return body.data[0]?.status;
    },
  };
}

/** The service and replicas of it, `count` in all, when each has its share of the partitions. */
export async function withReplicas(service: TestService, count: number): Promise<readonly TestService[]> {
  const more = await Promise.all(Array.from({ length: count - 1 }, () => service.replica()));
  const all = [service, ...more];
  await service.until('every replica has joined', async () => {
    const answers = await Promise.all(all.map(({ url }) => fetch(`${url}/readyz`)));
    return answers.every(({ ok }) => ok);
  });
  return all;
}

/** How many requests of orders each of these has handled. */
export function handledBy(replicas: readonly TestService[]): Promise<number[]> {
  return counted(replicas, /^inbox_handled_total\{[^}]*topic="reservation-event",outcome="handled"[^}]*\} (\d+)/m);
}

/** Times that a transaction of each of these met another and had to be run again; a deadlock's victim is one. */
export function conflictsOf(replicas: readonly TestService[]): Promise<number[]> {
  return counted(replicas, /^optimistic_conflicts_total (\d+)/m);
}

function counted(replicas: readonly TestService[], counter: RegExp): Promise<number[]> {
  return Promise.all(
    replicas.map(async ({ adminUrl }) => {
      const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
      return Number(counter.exec(metrics)?.[1] ?? 0);
    }),
  );
}

/** Every way in which the books could be wrong, as rows; none when they are right. */
export async function wrongBooks(service: TestService): Promise<object[]> {
  const ledger = await service.sql(
    `SELECT s.product_id, 'levels are not the sums of the ledger' AS wrong FROM stock s LEFT JOIN LATERAL (
       SELECT sum(on_hand_delta) h, sum(reserved_delta) r, count(*) n, max(version) v FROM stock_movement m WHERE m.product_id = s.product_id) m ON true
     WHERE (s.on_hand, s.reserved, s.version, s.version) IS DISTINCT FROM (m.h, m.r, m.n, m.v)
     UNION ALL
     SELECT product_id, 'below zero at ' || version FROM (
       SELECT product_id, version, sum(on_hand_delta) OVER w h, sum(reserved_delta) OVER w r FROM stock_movement
       WINDOW w AS (PARTITION BY product_id ORDER BY version)) x WHERE r < 0 OR h < r
     UNION ALL
     SELECT s.product_id, 'reserved is not what reservations hold' FROM stock s LEFT JOIN (
       SELECT l."productId" p, sum(l.quantity) q FROM reservation r, jsonb_to_recordset(r.lines) l("productId" uuid, quantity bigint)
       WHERE r.status = 'RESERVED' GROUP BY 1) h ON h.p = s.product_id WHERE s.reserved <> coalesce(h.q, 0)`,
  );
  const facts = Map.groupBy(await service.emitted('product-event'), (event) => event.productId);
  const levels = await service.sql<{ product_id: string; available: string }>(
    'SELECT product_id, on_hand - reserved AS available FROM stock',
  );
  const unpublished = levels.flatMap(({ product_id, available }) => {
    const published = (facts.get(product_id) ?? []).map(({ payload }) => payload);
    const sum = published.reduce((total, { delta }) => total + delta, 0);
    const rising = published.every(({ version }, n) => n === 0 || version > published[n - 1]!.version);
    const right = sum === Number(available) && published.at(-1)?.available === Number(available) && rising;
    return right ? [] : [{ product_id, wrong: 'the published facts are not the stock', published }];
  });
  return [...ledger, ...unpublished];
}

/** Deadlocks that PostgreSQL has seen in the service's database. */
export async function deadlocks(service: TestService): Promise<number> {
  const [row] = await service.sql<{ deadlocks: string }>(
    'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
  );
  return Number(row?.deadlocks);
}

/** Messages that the consumer has parked. */
export async function parkedMessages(service: TestService): Promise<object[]> {
  return service.sql('SELECT topic, msg_key, reason FROM inbox_parked');
}
