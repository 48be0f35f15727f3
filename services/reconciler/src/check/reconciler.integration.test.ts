import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { BookDifference } from '@outrider/contracts';
import { COMMITS_WITHIN_MS } from '../domain/recent-from.js';
import { Books } from '../testing/books.js';
import type { Databases } from './databases.js';
import { Reconciler, type ReconcilerSettings } from './reconciler.js';

const HOUR_MS = 3_600_000;
/** Of older orders than these, and of stock, a round looks at one. */
const RECENT_MS = HOUR_MS / 2;

let books: Books;
beforeAll(async () => {
  books = await Books.open();
});
afterAll(() => books[Symbol.asyncDispose]());
beforeEach(async () => {
  await books.clear();
  await books.sql(
    'payment',
    "INSERT INTO ledger_check (provider, due_at, checked_at) VALUES ('simulator', now(), '2026-01-02T03:04:05Z')",
  );
});

const reconciler = (settings: Partial<ReconcilerSettings> = {}, databases: Databases = books.databases): Reconciler =>
  new Reconciler(databases, {
    graceMs: 60_000,
    openMs: 2 * HOUR_MS,
    recentMs: RECENT_MS,
    sweepRows: 1,
    ledgerMs: 1000 * 365 * 24 * HOUR_MS,
    ...settings,
  });

const kinds = (differences: readonly BookDifference[]): string[] =>
  differences.map(({ kind, orderId, productId }) => `${kind} ${orderId ?? productId}`).sort();

/** Sold orders of one piece each. */
async function sold(orders: readonly string[], product: string): Promise<void> {
  await books.sell(...orders.map((orderId) => ({ orderId, lines: [{ productId: product, quantity: 1 }] })));
}

const withoutPayment = (ids: readonly string[]) =>
  books.sql('payment', 'DELETE FROM payment WHERE order_id = ANY($1)', [ids]);

test('each order, product and movement that differs is found in the round that comes to it, and then from the first again', async () => {
  const products = books.ids(3);
  await books.register(...products);
  const orders = books.ids(3);
  await sold(orders, products[0]!);
  const rounds = reconciler();
  expect(await rounds.round()).toEqual([]);
  await withoutPayment(orders);
  await books.sql('inventory', 'UPDATE stock SET on_hand = on_hand + 1');
  await books.sql('order', 'DELETE FROM catalog_product');
  expect(kinds(await rounds.round())).toEqual(
    [
      `payment_missing ${orders[1]}`,
      `product_unknown ${products[1]}`,
      `stock_level ${products[0]}`,
      `stock_level ${products[1]}`,
    ].sort(),
  );
  // what was found of a product is looked at again, and who knows it
  expect(kinds(await rounds.round())).toEqual(
    [
      `payment_missing ${orders[2]}`,
      `product_unknown ${products[0]}`,
      `product_unknown ${products[2]}`,
      `stock_level ${products[2]}`,
    ].sort(),
  );
  // a page is full, so the end of the list is seen one round later
  expect(kinds([...(await rounds.round()), ...(await rounds.round())])).toEqual([`payment_missing ${orders[0]}`]);
  expect(await rounds.round()).toEqual([]);
  expect(rounds.differences).toHaveLength(9);
});

test('a sweep of more rows than there are ends at the end, and begins from the first the next time', async () => {
  const products = books.ids(3);
  await books.register(...products);
  const orders = books.ids(5);
  await sold(orders, products[0]!);
  const rounds = reconciler({ sweepRows: 2_000 });
  expect(await rounds.round()).toEqual([]);
  await withoutPayment(orders);
  await books.sql('inventory', 'UPDATE stock SET on_hand = on_hand + 1');
  await books.sql('order', 'DELETE FROM catalog_product');
  await books.sql('inventory', 'UPDATE stock_movement SET on_hand_delta = 5 WHERE version = 1');
  const all = [
    ...orders.map((id) => `payment_missing ${id}`),
    ...products.flatMap((id) => [`product_unknown ${id}`, `stock_level ${id}`, `stock_movements ${id}`]),
  ].sort();
  expect(kinds(await rounds.round())).toEqual(all);
  expect(await rounds.round()).toEqual([]);
  expect(kinds(rounds.differences)).toEqual(all);
});

test('a sweep goes over as many rows as it is given, in pages, and ten times as many movements', async () => {
  const products = books.ids(1_100);
  await books.register(...products);
  await sold(books.ids(12_000 - 1_100), products.at(-1)!);
  // movements 1 … 1,099 of the others, then those of the last product
  const rounds = reconciler({ sweepRows: 1_000 });
  const wrong = (version: number) =>
    books.sql('inventory', 'UPDATE stock_movement SET on_hand_delta = 7 WHERE (product_id, version) = ($1, $2)', [
      products.at(-1),
      version,
    ]);
  await books.sql('order', 'DELETE FROM catalog_product WHERE id = ANY($1)', [[products[999], products[1_000]]]);
  await wrong(8_000);
  await wrong(12_000);
  expect((await rounds.round()).map(({ productId, movement }) => [productId, movement])).toEqual([
    [products.at(-1), 8_000],
    [products[999], null],
  ]);
  expect((await rounds.round()).map(({ productId, movement }) => [productId, movement])).toEqual([
    [products.at(-1), 12_000],
    [products[1_000], null],
  ]);
});

test('what was found stays for as long as it is so, of each kind of thing, and is reported once', async () => {
  const products = books.ids(3);
  await books.register(...products);
  const orders = books.ids(2);
  await sold(orders, products[0]!);
  await withoutPayment(orders);
  const [one, other] = products as [string, string];
  await books.sql('inventory', 'UPDATE stock SET on_hand = on_hand + 1 WHERE product_id = ANY($1)', [[one, other]]);
  await books.sql('order', 'DELETE FROM catalog_product WHERE id = ANY($1)', [[one, other]]);
  const move = (by: number, productId: string, version: number) =>
    books.sql(
      'inventory',
      `UPDATE stock_movement SET on_hand_delta = on_hand_delta + $1, reserved_delta = reserved_delta + $1
       WHERE (product_id, version) = ($2, $3)`,
      [by, productId, version],
    );
  await move(1, other, 1);
  await move(1, one, 4);
  const rounds = reconciler({ sweepRows: 5 });
  const all = [
    ...orders.map((id) => `payment_missing ${id}`),
    ...[one, other].flatMap((id) => [`product_unknown ${id}`, `stock_level ${id}`, `stock_movements ${id}`]),
  ].sort();
  expect(kinds(await rounds.round())).toEqual(all);
  // the sweep is busy elsewhere for the next rounds: these were made before
  const before = books.ids(5, 3 * HOUR_MS);
  await books.register(...before);
  await sold(books.ids(50, 3 * HOUR_MS), before[0]!);
  expect(await rounds.round()).toEqual([]);
  expect(kinds(rounds.differences)).toEqual(all);
  // one of each is right again
  await books.sql('inventory', 'UPDATE stock SET on_hand = on_hand - 1 WHERE product_id = $1', [one]);
  await move(-1, one, 4);
  expect(await rounds.round()).toEqual([]);
  expect(kinds(rounds.differences)).toEqual(
    all.filter((text) => text !== `stock_level ${one}` && text !== `stock_movements ${one}`),
  );
});

test('an order that was open at the last round is looked at again when it has ended, and so is what was placed after it', async () => {
  const product = books.id(3 * HOUR_MS);
  await books.register(product);
  // the sweep begins with these and does not get further
  await sold(books.ids(5, 3 * HOUR_MS), product);
  // older than what may still commit, younger than what is looked at
  const ageMs = (RECENT_MS + COMMITS_WITHIN_MS) / 2;
  const orders = [30, 20, 10, 0].map((ms) => books.id(ageMs + ms));
  await sold(orders, product);
  const [, open, alsoOpen, last] = orders;
  await books.sql(
    'order',
    "UPDATE saga SET step = 'CAPTURING', status = 'PAID', retry_at = now() WHERE order_id = ANY($1)",
    [[open, alsoOpen]],
  );
  const rounds = reconciler();
  expect(await rounds.round()).toEqual([]);
  await books.sql('order', "UPDATE saga SET step = 'DONE', status = outcome, retry_at = NULL");
  await withoutPayment(orders);
  // the first had ended, and rounds before the first that had not is left to the sweep
  expect(kinds(await rounds.round())).toEqual([open, alsoOpen, last].map((id) => `payment_missing ${id}`));
});

test('of the orders of a round each product must have a stock, once its order has ended', async () => {
  const first = books.id(3 * HOUR_MS);
  await books.register(first);
  await sold(books.ids(5, 3 * HOUR_MS), first);
  const products = books.ids(4, 2 * HOUR_MS);
  await books.register(...products);
  const orders = books.ids(3, RECENT_MS / 2);
  const line = (n: number) => ({ productId: products[n]!, quantity: 1 });
  await books.sell(
    { orderId: orders[0]!, lines: [line(0), line(1)] },
    { orderId: orders[1]!, lines: [line(2)] },
    { orderId: orders[2]!, lines: [line(3)] },
  );
  await books.sql(
    'order',
    "UPDATE saga SET step = 'CAPTURING', status = 'PAID', retry_at = now() WHERE order_id = $1",
    [orders[2]],
  );
  await books.sql('inventory', 'DELETE FROM stock WHERE product_id = ANY($1)', [products]);
  expect(kinds(await reconciler().round())).toEqual(products.slice(0, 3).map((id) => `stock_missing ${id}`));
});

test('recent orders are read to the end, page after page, from where they begin to the millisecond', async () => {
  const now = Date.now();
  const product = books.id(3 * HOUR_MS);
  await books.register(product);
  await sold(books.ids(5, 3 * HOUR_MS), product);
  const tooOld = books.idOf(now - RECENT_MS - 1);
  const orders = Array.from({ length: 1_001 }, () => books.idOf(now - RECENT_MS));
  await sold([tooOld, ...orders], product);
  await withoutPayment([tooOld, orders[0]!, orders.at(-1)!]);
  const rounds = new Reconciler(
    books.databases,
    { graceMs: 60_000, openMs: 2 * HOUR_MS, recentMs: RECENT_MS, sweepRows: 1, ledgerMs: HOUR_MS },
    () => now,
  );
  expect(kinds(await rounds.round()).filter((kind) => !kind.startsWith('ledger'))).toEqual(
    [orders[0], orders.at(-1)].map((id) => `payment_missing ${id}`),
  );
});

test('an order in one step for too long is found wherever it is, and forgotten when it goes on', async () => {
  const [order, ...others] = books.ids(4);
  const product = books.id(3 * HOUR_MS);
  await books.register(product);
  await sold([...others, order!], product);
  const rounds = reconciler({ openMs: HOUR_MS / 2 });
  await rounds.round();
  await books.sql(
    'order',
    "UPDATE saga SET step = 'CAPTURING', status = 'PAID', retry_at = now() WHERE order_id = $1",
    [others.at(-1)],
  );
  expect(kinds(await rounds.round())).toEqual([`order_open ${others.at(-1)}`]);
  await books.sql('order', "UPDATE saga SET step = 'DONE', status = outcome, retry_at = NULL");
  expect(await rounds.round()).toEqual([]);
  expect(rounds.differences).toEqual([]);
});

test('a round that a database does not answer fails and forgets nothing; the ledger is as it was seen last', async () => {
  const product = books.id();
  await books.register(product);
  const orders = books.ids(3);
  await sold(orders, product);
  await withoutPayment(orders);
  let down = false;
  const rounds = reconciler(
    {},
    {
      ...books.databases,
      product: {
        snapshot: (work: Parameters<Databases['product']['snapshot']>[0]) =>
          down ? Promise.reject(new Error('down')) : books.databases.product.snapshot(work),
      } as Databases['product'],
    },
  );
  expect(rounds.ledgerCheckedAt).toBeUndefined();
  expect(kinds(await rounds.round())).toEqual([`payment_missing ${orders[0]}`]);
  expect(rounds.ledgerCheckedAt).toEqual(new Date('2026-01-02T03:04:05Z'));
  down = true;
  await expect(rounds.round()).rejects.toThrow('down');
  expect(kinds(rounds.differences)).toEqual([`payment_missing ${orders[0]}`]);
  down = false;
  expect(kinds(await rounds.round())).toEqual([`payment_missing ${orders[1]}`]);
  // as before payment has ended its first check
  await books.sql('payment', 'UPDATE ledger_check SET checked_at = NULL');
  await rounds.round();
  expect(rounds.ledgerCheckedAt).toBeUndefined();
});

test('what payment found in the ledger, and that it has not looked, is part of each round', async () => {
  const ids = books.ids(2);
  await books.sql(
    'payment',
    `INSERT INTO ledger_difference (provider, order_id, reference, kind, expected, seen)
     SELECT 'simulator', id, 'ch_1', 'charge_unknown', 'none', 'one' FROM unnest($1::uuid[]) id`,
    [ids],
  );
  const rounds = reconciler({ ledgerMs: HOUR_MS });
  expect(kinds(await rounds.round())).toEqual(
    [...ids.map((id) => `charge_unknown ${id}`), 'ledger_unchecked null'].sort(),
  );
});
