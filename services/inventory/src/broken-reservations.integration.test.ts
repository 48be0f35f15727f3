import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { Transactor } from '@outrider/service-kit/database';
import { AnswerWaiting } from './commands/answer-waiting.js';
import type { DecideDueSettings } from './commands/decide-due.js';
import { DecideReservations } from './commands/decide-reservations.js';
import { ExpireReservations } from './commands/expire-reservations.js';
import { openWarehouse, wrongBooks, type Warehouse } from './testing/warehouse.js';

const AT_ONCE = 3;

let warehouse: Warehouse;
beforeEach(async () => {
  // what is due is decided when the test says so
  warehouse = await openWarehouse({
    RESERVATION_EXPIRY_MS: '50',
    UNKNOWN_PRODUCT_WAIT_MS: '50',
    RESERVATION_SCAN_MS: '3600000',
    LOG_LEVEL: 'silent',
  });
});
afterEach(() => warehouse.service.close());

/** Asks for a piece of the product. @returns the ids of the orders, the one that asked first first */
async function ordersOf(productId: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const id = newId();
    await warehouse.create(id, [{ productId, quantity: 1 }]);
    await warehouse.service.until('it is kept, or waits', async () => (await statuses([id])).length === 1);
    ids.push(id);
  }
  return ids;
}

async function untilPast(ids: readonly string[]): Promise<void> {
  await warehouse.service.until('they are past their time', async () => {
    const sql = 'SELECT FROM reservation WHERE expires_at < now() AND order_id = ANY($1::uuid[])';
    return (await warehouse.service.sql(sql, [ids])).length === ids.length;
  });
}

function settings(logged: string[], againMs?: number): DecideDueSettings {
  const { app } = warehouse.service;
  return {
    transactor: app.get(Transactor),
    decide: app.get(DecideReservations),
    log: { error: ({ orderId }: { orderId: string }) => logged.push(orderId) },
    atOnce: AT_ONCE,
    ...(againMs === undefined ? {} : { againMs }),
  };
}
const expiring = (logged: string[], againMs?: number): ExpireReservations =>
  new ExpireReservations({
    ...settings(logged, againMs),
    progress: { handledUntil: new Date(Date.now() + 3_600_000), hasHandledUntil: async () => true },
  });

/** The status of the orders' reservations, one after the other; the API does not show those that wait. */
async function statuses(ids: readonly string[]): Promise<string[]> {
  const sql = `SELECT status FROM reservation JOIN unnest($1::uuid[]) WITH ORDINALITY AS t(id, place) ON t.id = order_id ORDER BY place`;
  return (await warehouse.service.sql<{ status: string }>(sql, [ids])).map(({ status }) => status);
}

test('as many reservations as are looked at in one go, whose stock was changed by hand, keep no other from its expiry', async () => {
  const [wrong, right] = await warehouse.products(2, 10);
  const broken = await ordersOf(wrong!, AT_ONCE);
  const [other] = await ordersOf(right!, 1);
  await untilPast([...broken, other!]);
  await warehouse.service.sql('UPDATE stock SET reserved = 0 WHERE product_id = $1', [wrong]);
  const logged: string[] = [];
  const expire = expiring(logged);
  // what is next follows at once
  expect(await expire.execute()).toBe(true);
  expect(await statuses([other!])).toEqual(['RESERVED']);
  expect(await expire.execute()).toBe(false);
  expect(await statuses([other!])).toEqual(['EXPIRED']);
  expect(await warehouse.stock(right!)).toMatchObject({ reserved: 0 });
  expect(await statuses(broken)).toEqual(broken.map(() => 'RESERVED'));
  // and each is reported once in a while, not in every round
  await expire.execute();
  expect(logged).toEqual(broken);
});

test('a reservation that could not be given back is tried again later, when its stock may have been put right', async () => {
  const [wrong] = await warehouse.products(1, 10);
  const broken = await ordersOf(wrong!, AT_ONCE);
  await untilPast(broken);
  await warehouse.service.sql('UPDATE stock SET reserved = 0 WHERE product_id = $1', [wrong]);
  const logged: string[] = [];
  const expire = expiring(logged, 100);
  await expire.execute();
  expect(logged).toEqual(broken);
  await warehouse.service.sql('UPDATE stock SET reserved = $2 WHERE product_id = $1', [wrong, broken.length]);
  await warehouse.service.until('they are given back', async () => {
    await expire.execute();
    return (await statuses(broken)).every((status) => status === 'EXPIRED');
  });
  expect(await wrongBooks(warehouse.service)).toEqual([]);
});

test('as many waiting orders as are looked at in one go, which cannot be answered, keep no other from its answer', async () => {
  const wrong = newId();
  const waiting = await ordersOf(wrong, AT_ONCE);
  // a row that the ledger has and the stock has not, as after a restore of one table alone: no movement can be written
  await warehouse.service.sql(
    `INSERT INTO stock_movement(product_id, version, reason, reference, on_hand_delta, reserved_delta, on_hand, reserved)
     VALUES ($1, 2, 'ADJUSTED', 'by hand', 0, 0, 10, 0)`,
    [wrong],
  );
  await warehouse.product(10, wrong);
  const [other] = await ordersOf(newId(), 1);
  await untilPast([...waiting, other!]);
  expect(await statuses([...waiting, other!])).toEqual([...waiting, other].map(() => 'WAITING'));
  const logged: string[] = [];
  const answer = new AnswerWaiting(settings(logged));
  expect(await answer.execute()).toBe(true);
  expect(await answer.execute()).toBe(false);
  expect(await statuses([other!])).toEqual(['REJECTED']);
  expect(await statuses(waiting)).toEqual(waiting.map(() => 'WAITING'));
  await answer.execute();
  expect(logged).toEqual(waiting);
});
