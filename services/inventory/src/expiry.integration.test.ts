import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { Transactor } from '@outrider/service-kit/database';
import { ExpireReservations } from './commands/expire-reservations.js';
import { DecideReservations } from './commands/decide-reservations.js';
import type { ReservationInput } from './domain/reservation.js';
import { lockExpired } from './persistence/statements/lock-expired.js';
import { deadlocks, openWarehouse, wrongBooks, type Warehouse } from './testing/warehouse.js';

let warehouse: Warehouse;

beforeEach(async () => {
  // expiry comes when the test says so
  warehouse = await openWarehouse({ RESERVATION_EXPIRY_MS: '50', RESERVATION_SCAN_MS: '3600000' });
});
afterEach(async () => {
  await warehouse.service.close();
});

const line = (productId: string) => ({ productId, quantity: 1 });

/** Two orders of a product each, past their time: the one whose id comes first is the one whose time ended last. */
async function twoPastTheirTime(): Promise<{ low: string; high: string; productOfHigh: string }> {
  const [first, second] = await warehouse.products(2, 5);
  const [low = '', high = ''] = [newId(), newId()].toSorted();
  await warehouse.create(high, [line(first!)]);
  await warehouse.untilSent(high, 1);
  await warehouse.create(low, [line(second!)]);
  await warehouse.untilSent(low, 1);
  await warehouse.service.until('both are past their time', async () => {
    const sql = 'SELECT order_id FROM reservation WHERE expires_at < now() ORDER BY expires_at';
    const past = await warehouse.service.sql<{ order_id: string }>(sql);
    return past.map(({ order_id: id }) => id).join() === [high, low].join();
  });
  return { low, high, productOfHigh: first! };
}

/** A transaction of inventory that has decided, and holds what it has locked until `commit`. */
async function inHand(input: ReservationInput): Promise<{ commit: () => Promise<void> }> {
  const { app } = warehouse.service;
  let decided = (): void => {};
  let go = (): void => {};
  const reached = new Promise<void>((resolve) => (decided = resolve));
  const held = new Promise<void>((resolve) => (go = resolve));
  const done = app.get(Transactor).run(async (tx) => {
    await app.get(DecideReservations).execute(tx, [input]);
    decided();
    await held;
  });
  await Promise.race([reached, done]);
  return {
    commit: () => {
      go();
      return done;
    },
  };
}

/** The scanner, as fast as it goes. */
function scanning(): {
  readonly failures: readonly unknown[];
  rounds: (count: number) => Promise<void>;
  end: () => Promise<void>;
} {
  const expire = warehouse.service.app.get(ExpireReservations);
  const end = new AbortController();
  const failures: unknown[] = [];
  let rounds = 0;
  const done = (async () => {
    for (; !end.signal.aborted; rounds += 1) {
      await expire.execute().catch((error: unknown) => failures.push(error));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return {
    failures,
    rounds: (count) => warehouse.service.until(`${count} rounds`, () => rounds >= count),
    end: () => {
      end.abort();
      return done;
    },
  };
}

async function waiting(): Promise<number> {
  const sql = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  return (await warehouse.service.sql(sql)).length;
}

test('F45 expiry skips what a batch has locked, and waits for no lock while it holds one', async () => {
  const { low, high } = await twoPastTheirTime();
  const batch = await inHand({ kind: 'confirm', orderId: low, commandId: newId() });
  const scanner = scanning();
  try {
    await warehouse.service.until(
      'the other one is given back, or it waits',
      async () => (await warehouse.status(high)) === 'EXPIRED' || (await waiting()) > 0,
    );
    // a batch takes reservations by id: with the later one held here while this waits for the earlier, both would wait
    expect(await waiting()).toBe(0);
    expect(await warehouse.status(high)).toBe('EXPIRED');
  } finally {
    await batch.commit();
    await scanner.end();
  }
  expect(scanner.failures).toEqual([]);
  expect(await warehouse.status(low)).toBe('CONFIRMED');
  expect(await deadlocks(warehouse.service)).toBe(0);
  expect(await wrongBooks(warehouse.service)).toEqual([]);
});

test('F25 F45 a confirmation that meets an expiry waits for its end, and the order gets both answers in order', async () => {
  const { low, high } = await twoPastTheirTime();
  const expiry = await inHand({ kind: 'due', orderId: low });
  try {
    await warehouse.confirm(low);
    await warehouse.service.until(
      'the confirmation waits, or is answered',
      async () => (await waiting()) > 0 || (await warehouse.sent(low)).length > 1,
    );
  } finally {
    await expiry.commit();
  }
  expect(await warehouse.untilSent(low, 3)).toMatchObject([
    { eventType: 'RESERVATION_CREATION_SUCCEEDED' },
    { eventType: 'RESERVATION_EXPIRED' },
    { eventType: 'RESERVATION_CONFIRM_FAILED', payload: { reason: 'EXPIRED' } },
  ]);
  // and one that came first: the scanner finds it sold
  await warehouse.confirm(high);
  expect((await warehouse.untilSent(high, 2))[1]).toMatchObject({ eventType: 'RESERVATION_CONFIRM' });
  const scanner = scanning();
  await scanner.rounds(3);
  await scanner.end();
  expect(await warehouse.status(high)).toBe('CONFIRMED');
  expect(await warehouse.sent(high)).toHaveLength(2);
  expect(await wrongBooks(warehouse.service)).toEqual([]);
});

test('a reservation that cannot be given back, its stock changed by hand, blocks no other', async () => {
  const { low, high, productOfHigh } = await twoPastTheirTime();
  await warehouse.service.sql('UPDATE stock SET reserved = 0 WHERE product_id = $1', [productOfHigh]);
  const scanner = scanning();
  await warehouse.service.until('the other is given back', async () => (await warehouse.status(low)) === 'EXPIRED');
  expect(await warehouse.status(high)).toBe('RESERVED');
  await scanner.end();
  expect(scanner.failures).toEqual([]);
});

test('a reservation whose time is not over is left alone, however far ahead of the database Kafka’s clock is', async () => {
  const { low, high } = await twoPastTheirTime();
  await warehouse.service.sql("UPDATE reservation SET expires_at = now() + interval '1 minute' WHERE order_id = $1", [
    low,
  ]);
  const ahead = new Date(Date.now() + 3_600_000);
  const locked = (limit: number, until: Date): Promise<readonly string[]> =>
    warehouse.service.app.get(Transactor).run((tx) => lockExpired(tx.sql, limit, [], until));
  expect(await locked(10, ahead)).toEqual([high]);
  // and neither is one whose confirmation may not have been read yet
  expect(await locked(10, new Date(Date.now() - 3_600_000))).toEqual([]);
});

test('an order that waits for a product is answered by its registration, and not by the clock', async () => {
  const [order, product] = [newId(), newId()];
  await warehouse.create(order, [{ productId: product, quantity: 1 }]);
  await warehouse.service.until('it waits', async () => {
    return (await warehouse.service.sql(`SELECT FROM reservation WHERE order_id=$1`, [order])).length === 1;
  });
  await warehouse.product(3, product);
  expect(await warehouse.untilSent(order, 1)).toMatchObject([{ eventType: 'RESERVATION_CREATION_SUCCEEDED' }]);
});
