import { afterEach, expect, test } from '@jest/globals';
import { newId, type ProductQuantity } from '@outrider/contracts';
import { Transactor, type SqlClient } from '@outrider/service-kit/database';
import { DecideReservations } from './commands/decide-reservations.js';
import type { Reservation, ReservationInput } from './domain/reservation.js';
import { storeReservations } from './persistence/statements/store-reservations.js';
import {
  conflictsOf,
  deadlocks,
  handledBy,
  KEYS,
  openWarehouse,
  parkedMessages,
  withReplicas,
  wrongBooks,
  type Warehouse,
} from './testing/warehouse.js';

let warehouse: Warehouse | undefined;

afterEach(async () => {
  await warehouse?.service.close();
  warehouse = undefined;
});

const line = (productId: string, quantity: number) => ({ productId, quantity });

test('F18 of 200 orders for the last 10 pieces, at three replicas at once, exactly 10 are accepted', async () => {
  warehouse = await openWarehouse();
  const { service } = warehouse;
  const replicas = await withReplicas(service, 3);
  const product = await warehouse.product(10);
  await service.publishAll(
    'reservation-event',
    Array.from({ length: 200 }, () => ({
      type: 'RESERVATION_CREATE_REQUEST' as const,
      key: newId(),
      payload: { commandId: newId(), lines: [line(product, 1)] },
    })),
  );
  await warehouse.untilAnswered(200);
  const answers = Map.groupBy(await service.emitted('order-event'), ({ eventType }) => eventType);
  expect(answers.get('RESERVATION_CREATION_SUCCEEDED')).toHaveLength(10);
  expect(answers.get('RESERVATION_CREATION_FAILED')).toHaveLength(190);
  expect(await warehouse.stock(product)).toMatchObject({ onHand: 10, reserved: 10, available: 0, version: 11 });
  // every movement of the ledger is looked at
  expect(await wrongBooks(service)).toEqual([]);
  expect(await parkedMessages(service)).toEqual([]);
  expect(Math.min(...(await handledBy(replicas)))).toBeGreaterThan(0);
});

/** An order's requests, in order: of every kind of life that an order has, some sent twice with one command id. */
function life(n: number, lines: ProductQuantity[]): { type: string; payload: object }[] {
  const [create, confirm, release] = [
    { type: 'RESERVATION_CREATE_REQUEST', payload: { commandId: newId(), lines } },
    { type: 'RESERVATION_CONFIRM_REQUEST', payload: { commandId: newId() } },
    { type: 'RESERVATION_RELEASE_REQUEST', payload: { commandId: newId(), reason: 'test' } },
  ];
  const restock = { type: 'RESERVATION_RESTOCK_REQUEST', payload: { commandId: newId(), refundId: newId(), lines } };
  const lives = [
    [create],
    [create, confirm],
    [create, create, confirm, confirm],
    [create, release],
    [create, confirm, release, release],
    [release, create],
    [create, confirm, restock, restock],
    [create, release, confirm],
  ];
  return lives[n % lives.length]!;
}

test('F45 creates, confirms, releases, restocks, expiry and adjustments on three replicas: no deadlock, right sums', async () => {
  warehouse = await openWarehouse({ RESERVATION_EXPIRY_MS: '150' });
  const { service } = warehouse;
  const replicas = await withReplicas(service, 3);
  const products = await warehouse.products(5, 200);
  const lives = Array.from({ length: 800 }, (_, n) => {
    // products in every order, one of them twice
    const lines = products
      .map((product, m) => line(product, 1 + ((n + m) % 3)))
      .toSorted(() => Math.random() - 0.5)
      .slice(0, 1 + (n % 4));
    return { key: newId(), requests: life(n, [...lines, lines[0]!]) };
  });

  const end = new AbortController();
  const adjusting = replicas.map(async (replica, r) => {
    const statuses = new Set<number>();
    for (let n = 0; !end.signal.aborted; n += 1) {
      const body = { delta: n % 2 === 0 ? 3 : -3, reason: 'count', reference: `${r}-${n}` };
      const path = `/stock/${products[n % products.length]}/adjustments`;
      statuses.add((await replica.call('POST', path, { apiKey: KEYS.stock, body })).status);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return statuses;
  });

  // the orders side by side, so that each batch holds every kind: some all at once, which time cannot come between,
  // some a step after the other, which may expire in the middle
  for (let step = 0; step < 4; step += 1) {
    await service.publishAll(
      'reservation-event',
      lives.flatMap(({ key, requests }, n) => {
        const atOnce = n % 16 < 8;
        const now = atOnce ? requests.slice(0, step === 0 ? 4 : 0) : requests.slice(step, step + 1);
        return now.map(({ type, payload }) => ({ type: type as never, key, payload }));
      }),
    );
  }
  const asked = lives.reduce((sum, { requests }) => sum + requests.length, 0);
  await warehouse.untilAnswered(asked);
  await service.until(
    'what nobody confirmed is given back',
    async () => (await service.sql(`SELECT 1 FROM reservation WHERE status = 'RESERVED' LIMIT 1`)).length === 0,
  );
  end.abort();
  const statuses = new Set((await Promise.all(adjusting)).flatMap((seen) => [...seen]));

  expect([...statuses].filter((status) => status !== 200 && status !== 409)).toEqual([]);
  expect(statuses).toContain(200);
  expect(await wrongBooks(service)).toEqual([]);
  expect(await parkedMessages(service)).toEqual([]);
  expect(await deadlocks(service)).toBe(0);
  expect(await conflictsOf(replicas)).toEqual([0, 0, 0]);
  expect(Math.min(...(await handledBy(replicas)))).toBeGreaterThan(0);
  const byStatus = await service.sql<{ status: string }>('SELECT DISTINCT status FROM reservation ORDER BY 1');
  expect(byStatus.map(({ status }) => status)).toEqual(expect.arrayContaining(['CONFIRMED', 'EXPIRED', 'RELEASED']));
  const answered = Map.groupBy(
    (await service.emitted('order-event')).filter(({ payload }) => 'commandId' in payload),
    ({ payload }) => ('commandId' in payload ? payload.commandId : ''),
  );
  for (const same of answered.values()) {
    expect(new Set(same.map(({ eventType, payload }) => eventType + JSON.stringify(payload))).size).toBe(1);
  }
});

test('expiry and confirmation that meet at one reservation: one of them wins, and every reader gets the same', async () => {
  warehouse = await openWarehouse({ RESERVATION_EXPIRY_MS: '400' });
  const { service } = warehouse;
  await service.replica();
  const product = await warehouse.product(1_000);
  const orders = Array.from({ length: 300 }, newId);
  const ask = (type: 'RESERVATION_CREATE_REQUEST' | 'RESERVATION_CONFIRM_REQUEST', more: object) =>
    service.publishAll(
      'reservation-event',
      orders.map((key) => ({ type, key, payload: { commandId: newId(), ...more } })),
    );
  await ask('RESERVATION_CREATE_REQUEST', { lines: [line(product, 1)] });
  await service.until('the first of them expires', async () => {
    const [row] = await service.sql<{ past: boolean }>('SELECT min(expires_at) < now() AS past FROM reservation');
    return row?.past === true;
  });
  await ask('RESERVATION_CONFIRM_REQUEST', {});
  await warehouse.untilAnswered(2 * orders.length);
  const sent = Map.groupBy(await service.emitted('order-event'), ({ orderId }) => orderId);
  const ends = new Map<string, number>();
  for (const order of orders) {
    const end = (sent.get(order) ?? []).map(({ eventType }) => eventType).join(' ');
    ends.set(end, (ends.get(end) ?? 0) + 1);
  }
  const confirmed = ends.get('RESERVATION_CREATION_SUCCEEDED RESERVATION_CONFIRM') ?? 0;
  const expired = ends.get('RESERVATION_CREATION_SUCCEEDED RESERVATION_EXPIRED RESERVATION_CONFIRM_FAILED') ?? 0;
  expect({ ends, sum: confirmed + expired }).toEqual({ ends, sum: orders.length });
  expect(await warehouse.stock(product)).toMatchObject({ onHand: 1_000 - confirmed, reserved: 0 });
  expect(await wrongBooks(service)).toEqual([]);
  expect(await parkedMessages(service)).toEqual([]);
});

test('a batch costs the same few statements whatever its size', async () => {
  warehouse = await openWarehouse();
  const products = await warehouse.products(5, 1_000_000);
  const transactor = warehouse.service.app.get(Transactor);
  const decide = warehouse.service.app.get(DecideReservations);
  const statementsOf = async (inputs: readonly ReservationInput[]): Promise<number> => {
    let statements = 0;
    await transactor.run(async (tx) => {
      const sql: SqlClient = {
        query(text, values) {
          statements += 1;
          return tx.sql.query(text, values);
        },
      };
      await decide.execute({ ...tx, sql }, inputs);
    });
    return statements;
  };
  const creates = (count: number): ReservationInput[] =>
    Array.from({ length: count }, (_, n) => ({
      kind: 'create',
      orderId: newId(),
      commandId: newId(),
      lines: [line(products[n % 5]!, 1), line(products[(n + 1) % 5]!, 2)],
    }));
  const many = creates(500);
  expect([await statementsOf(creates(1)), await statementsOf(many)]).toEqual([5, 5]);
  const confirms = many.map(({ orderId }) => ({ kind: 'confirm' as const, orderId, commandId: newId() }));
  expect(await statementsOf(confirms)).toBe(5);
  expect(await wrongBooks(warehouse.service)).toEqual([]);
});

test('a reservation that another transaction made or changed since it was read is left as it is, and decided again', async () => {
  warehouse = await openWarehouse();
  const { service } = warehouse;
  const seen: Reservation = {
    id: newId(),
    orderId: newId(),
    status: 'RESERVED',
    lines: [],
    expiresAt: new Date(Date.now() + 600_000),
    waitingCommand: null,
    createdAt: new Date(),
    version: 0,
  };
  const store = (change: Partial<Reservation>): Promise<void> =>
    service.app.get(Transactor).run(({ sql }) => storeReservations(sql, [{ ...seen, ...change }], []), 1);
  await store({});
  for (const version of [0, 2])
    await expect(store({ status: 'RELEASED', version })).rejects.toThrow(/another transaction/u);
  const rows = (): Promise<unknown> =>
    service.sql('SELECT status, version::int FROM reservation WHERE order_id = $1', [seen.orderId]);
  expect(await rows()).toEqual([{ status: 'RESERVED', version: 1 }]);
  await store({ status: 'CONFIRMED', version: 1 });
  expect(await rows()).toEqual([{ status: 'CONFIRMED', version: 2 }]);
});
