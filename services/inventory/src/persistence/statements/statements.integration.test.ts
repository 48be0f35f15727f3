import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { requestRestatement, restateNext, Transactor, type SqlClient } from '@outrider/service-kit/database';
import { registerProducts } from '../../commands/register-products.js';
import { RestateStock } from '../../commands/restate-stock.js';
import type { Reservation } from '../../domain/reservation.js';
import type { LedgerEntry } from '../../domain/stock.js';
import { openWarehouse, type Warehouse } from '../../testing/warehouse.js';
import { applyMovements } from './apply-movements.js';
import { insertStock } from './insert-stock.js';
import { lockAnswerable } from './lock-answerable.js';
import { firstExpired, lockExpired } from './lock-expired.js';
import { lockReservations } from './lock-reservations.js';
import { lockStock } from './lock-stock.js';
import { raiseBases } from './raise-bases.js';
import { storeReservations } from './store-reservations.js';

let warehouse: Warehouse;
let productId: string;
beforeAll(async () => {
  warehouse = await openWarehouse({ RESERVATION_SCAN_MS: '3600000' });
});
afterAll(() => warehouse.service.close());
beforeEach(async () => {
  // no TRUNCATE: it would lock whole tables, in another order than the scans that run meanwhile
  for (const table of ['stock_movement', 'reservation', 'stock']) await warehouse.service.sql(`DELETE FROM ${table}`);
  productId = newId();
  await run((sql) => insertStock(sql, [{ productId, initialStock: 10 }]));
});

const run = <T>(work: (sql: SqlClient) => Promise<T>): Promise<T> =>
  warehouse.service.app.get(Transactor).run(({ sql }) => work(sql), 1);

describe('stock', () => {
  const reserved = (version: number, left: number): LedgerEntry => {
    const after = { productId, onHand: 10, reserved: left, version, versionBase: 0 };
    return { productId, reason: 'RESERVED', reference: newId(), note: null, onHandDelta: 0, reservedDelta: 1, after };
  };
  const level = () => run(async (sql) => (await lockStock(sql, [productId])).get(productId));

  test('of several movements in one batch is that after the last', async () => {
    await run((sql) => applyMovements(sql, [reserved(2, 1), reserved(3, 2)]));
    expect(await level()).toMatchObject({ onHand: 10, reserved: 2, version: 3 });
  });

  test('is not written from a version that is not stored', async () => {
    await expect(run((sql) => applyMovements(sql, [reserved(3, 1)]))).rejects.toThrow(RangeError);
    expect(await level()).toMatchObject({ reserved: 0, version: 1 });
  });

  test('of a product that has it is not made again', async () => {
    const other = newId();
    const again = [productId, other].map((id) => ({ productId: id, initialStock: 99 }));
    expect([...(await run((sql) => insertStock(sql, again))).keys()]).toEqual([other]);
    expect(await level()).toMatchObject({ onHand: 10 });
  });

  test('of a product that comes twice in one batch is what came first', async () => {
    const id = newId();
    const twice = [7, 9].map((initialStock) => ({ productId: id, initialStock }));
    const { app } = warehouse.service;
    expect(await app.get(Transactor).run((tx) => registerProducts(tx, twice))).toBe(1);
    expect((await run((sql) => lockStock(sql, [id]))).get(id)).toMatchObject({ onHand: 7, version: 1 });
    const facts = (await warehouse.service.emitted('product-event')).filter((event) => event.productId === id);
    expect(facts).toMatchObject([{ eventType: 'CREATED', payload: { delta: 7, available: 7 } }]);
  });

  test('is stated again from behind a product on, where its base is lower', async () => {
    const ids = [productId, newId(), newId()].toSorted();
    await run((sql) =>
      insertStock(
        sql,
        ids.map((id) => ({ productId: id, initialStock: 1 })),
      ),
    );
    const raised = (floor: number) =>
      run(async (sql) => (await raiseBases(sql, floor, ids[0]!, 9)).map((stock) => stock.productId));
    expect(await raised(5)).toEqual(ids.slice(1));
    expect(await raised(5)).toEqual([]);
  });
});

async function waitsForLock(): Promise<boolean> {
  const sql = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  return (await warehouse.service.sql(sql)).length > 0;
}

test('a restatement waits for a product that is being made, and does not leave its work for later', async () => {
  const { service } = warehouse;
  await service.sql(`UPDATE restatement SET floor = 9, after = '00000000-0000-0000-0000-000000000000'`);
  const [made, open] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const making = run(async (sql) => {
    await insertStock(sql, [{ productId: newId(), initialStock: 1 }]);
    made.resolve();
    await open.promise;
  });
  await made.promise;
  let isOver = false;
  const restated = service.app.get(RestateStock).execute();
  const ended = restated.finally(() => (isOver = true));
  await service.until('it has ended, or waits', async () => isOver || (await waitsForLock()));
  open.resolve();
  await Promise.all([making, ended]);
  // there may be more
  expect(await restated).toBe(true);
  expect(await run(async (sql) => (await lockStock(sql, [productId])).get(productId))).toMatchObject({
    versionBase: 9,
  });
  await service.sql('UPDATE restatement SET floor = 0, after = NULL');
});

test('a restatement that is requested while another one ends is not taken for ended', async () => {
  const { service } = warehouse;
  await service.sql(`UPDATE restatement SET floor = 9, after = '00000000-0000-0000-0000-000000000000'`);
  let requested: Promise<unknown> | undefined;
  let isOver = false;
  await restateNext(service.app.get(Transactor), async () => {
    const occurredAt = new Date(Date.now() + 60_000).toISOString();
    const request = run((sql) => requestRestatement(sql, [{ eventId: newId(), version: 9, occurredAt }]));
    requested = request.finally(() => (isOver = true));
    await service.until('it is requested, or waits', async () => isOver || (await waitsForLock()));
    return undefined;
  });
  await requested;
  expect(await service.sql('SELECT FROM restatement WHERE after IS NOT NULL AND floor > 9')).toHaveLength(1);
  await service.sql('UPDATE restatement SET floor = 0, after = NULL');
});

test.each([
  ['of before it, all below its floor', [[8, -60]], false],
  [
    'of before it, one not below its floor',
    [
      [8, -60],
      [9, -60],
    ],
    true,
  ],
  ['of after it, below its floor', [[1, 60]], true],
  [
    'of before it and of after it',
    [
      [1, 60],
      [1, -60],
    ],
    true,
  ],
] as const)('a restatement follows another one for forgotten facts %s: %j, %s', async (_what, forgotten, follows) => {
  const { service } = warehouse;
  await service.sql('UPDATE restatement SET floor = 9, after = NULL, asked_at = clock_timestamp()');
  const own = forgotten.map(([version, seconds]) => ({
    eventId: newId(),
    version,
    occurredAt: new Date(Date.now() + 1_000 * seconds).toISOString(),
  }));
  const requested = await run((sql) => requestRestatement(sql, own));
  expect(requested?.forgotten).toEqual(own);
  const [row] = await service.sql<{ due: boolean }>('SELECT after IS NOT NULL AS due FROM restatement');
  expect(row?.due).toBe(follows);
  // by the clock where it follows, above all that anybody knows
  if (follows) expect(requested?.floor).toBeGreaterThan(28_800_000);
  else expect(requested?.floor).toBe(9);
  await service.sql('UPDATE restatement SET floor = 0, after = NULL');
});

describe('reservations', () => {
  const past = (seconds: number): Date => new Date(Date.now() - 1_000 * seconds);
  const reservation = (more: Partial<Reservation>): Reservation => ({
    id: newId(),
    orderId: newId(),
    status: 'RESERVED',
    lines: [{ productId, quantity: 1, restocked: 0 }],
    expiresAt: past(10),
    waitingCommand: null,
    createdAt: new Date(),
    version: 0,
    ...more,
  });
  async function store(...reservations: readonly Reservation[]): Promise<readonly string[]> {
    await run((sql) => storeReservations(sql, reservations, []));
    return reservations.map(({ orderId }) => orderId);
  }

  test('are read as they were stored last, with the trace that they began in', async () => {
    const first = reservation({
      status: 'WAITING',
      waitingCommand: newId(),
      traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`,
    });
    await store(first);
    const lines = [...first.lines, ...first.lines];
    const last = {
      ...first,
      status: 'RESERVED',
      lines,
      expiresAt: past(-60),
      waitingCommand: null,
      version: 1,
      traceparent: `00-${'3'.repeat(32)}-${'4'.repeat(16)}-01`,
    } as const;
    await store(last);
    const read = await run((sql) => lockReservations(sql, [first.orderId]));
    expect(read.get(first.orderId)).toEqual({
      ...last,
      version: 2,
      createdAt: expect.any(Date),
      // stays that of the command that made it
      traceparent: first.traceparent,
    });
  });

  test('that wait are answered when their products are there or their time is over, the longest over first', async () => {
    const unknown = [{ ...reservation({}).lines[0]!, productId: newId() }];
    const waiting = (more: Partial<Reservation>) =>
      reservation({ status: 'WAITING', waitingCommand: newId(), lines: unknown, ...more });
    const [late, latest, , known] = await store(
      waiting({}),
      waiting({ expiresAt: past(20) }),
      waiting({ expiresAt: past(-60) }),
      waiting({ expiresAt: past(-60), lines: reservation({}).lines }),
      reservation({ expiresAt: past(30) }),
    );
    expect(await run((sql) => lockAnswerable(sql, 9, []))).toEqual([latest, late, known]);
    expect(await run((sql) => lockAnswerable(sql, 1, [latest!]))).toEqual([late]);
  });

  test('expire the longest over first, and only those that hold stock', async () => {
    const [late, latest] = await store(
      reservation({}),
      reservation({ expiresAt: past(20) }),
      reservation({ expiresAt: past(-60) }),
      reservation({ expiresAt: past(40), status: 'WAITING', waitingCommand: newId() }),
    );
    expect(await run((sql) => lockExpired(sql, 9, [], new Date()))).toEqual([latest, late]);
    expect(await run((sql) => lockExpired(sql, 1, [latest!], new Date()))).toEqual([late]);
    const after = async (seconds: number) => {
      const first = await run((sql) => firstExpired(sql, past(seconds)));
      return first === undefined ? undefined : Math.round((Date.now() - first.getTime()) / 10_000);
    };
    expect([await after(60), await after(15), await after(5)]).toEqual([2, 1, undefined]);
  });
});
