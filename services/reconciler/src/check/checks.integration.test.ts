import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { idAt, newId, type BookDifference } from '@outrider/contracts';
import type { MovementPosition } from '../databases/stock-books.js';
import { FIRST_ID, LAST_ID } from '../domain/ids.js';
import { Books, UNIT_PRICE } from '../testing/books.js';
import { checkLedger } from './check-ledger.js';
import { checkOrders, checkOverdue, checkTheseOrders } from './check-orders.js';
import { checkProducts, checkTheseProducts } from './check-products.js';
import { checkSpan } from './check-span.js';
import { checkMovements, checkStock, checkTheseStocks } from './check-stock.js';
import type { Databases } from './databases.js';

const GRACE_MS = 60_000;
const TOLERANCE = { graceMs: GRACE_MS, openMs: 7_200_000 };

let books: Books;
beforeAll(async () => {
  books = await Books.open();
});
afterAll(() => books[Symbol.asyncDispose]());
beforeEach(() => books.clear());

const kinds = (differences: readonly BookDifference[]): string[] =>
  differences.map(({ kind, orderId, productId }) => `${kind} ${orderId ?? productId}`).sort();

/** All pages of so many rows each, and then the end. */
async function walk<P, R extends { readonly next: P | null }>(from: P, page: (from: P) => Promise<R>): Promise<R[]> {
  const pages: R[] = [];
  for (let at: P | null = from; at !== null; at = pages.at(-1)!.next) {
    pages.push(await page(at));
    expect(pages.length).toBeLessThan(100);
  }
  return pages;
}

const walkOrders = (limit: number, after = FIRST_ID, before = LAST_ID) =>
  walk(after, (from) => checkOrders(books.databases, TOLERANCE, from, before, limit));
const walkStock = (limit: number) =>
  walk(FIRST_ID, (from) => checkStock(books.databases, GRACE_MS, Date.now(), from, limit));
const walkProducts = (limit: number, now = Date.now()) =>
  walk(FIRST_ID, (from) => checkProducts(books.databases, GRACE_MS, now, from, limit));
const walkMovements = (limit: number) =>
  walk<MovementPosition, Awaited<ReturnType<typeof checkMovements>>>({ productId: FIRST_ID, version: 0 }, (from) =>
    checkMovements(books.databases, from, limit),
  );

const found = (pages: readonly { readonly differences: BookDifference[] }[]): BookDifference[] =>
  pages.flatMap(({ differences }) => differences);

/** Two products, and two orders of each currency that sold both; none of them differs. */
async function sold(): Promise<{ products: string[]; orders: string[] }> {
  const products = books.ids(2);
  await books.register(...products);
  const orders = books.ids(4);
  await books.sell(
    ...orders.map((orderId, n) => ({
      orderId,
      currency: n % 2 === 0 ? 'EUR' : 'USD',
      lines: products.map((productId) => ({ productId, quantity: n + 1 })),
    })),
  );
  return { products, orders };
}

test.each([1, 2, 3, 500])('books that agree have no difference, in pages of %i', async (limit) => {
  const { products, orders } = await sold();
  const failed = books.id();
  await books.sell({ orderId: failed, lines: [{ productId: products[1]!, quantity: 3 }], status: 'FAILED' });
  const pages = await walkOrders(limit);
  expect(found(pages)).toEqual([]);
  expect(pages.flatMap((page) => page.orders.map(({ id }) => id))).toEqual([...orders, failed]);
  expect(found(await walkStock(limit))).toEqual([]);
  expect(found(await walkProducts(limit))).toEqual([]);
  expect(found(await walkMovements(limit + 1))).toEqual([]);
});

test.each([1, 2, 3, 500])('each of two orders whose books differ is found, in pages of %i', async (limit) => {
  const { products, orders } = await sold();
  const [one, other, third, fourth] = orders as [string, string, string, string];
  const more = books.ids(2);
  await books.sell(...more.map((orderId) => ({ orderId, lines: [{ productId: products[0]!, quantity: 1 }] })));
  const these = (of: readonly string[]) => [of];
  await books.sql('payment', "UPDATE payment SET currency = 'GBP' WHERE order_id = ANY($1)", these([one, other]));
  await books.sql(
    'inventory',
    "UPDATE reservation SET status = 'RELEASED' WHERE order_id = ANY($1)",
    these([one, third]),
  );
  await books.sql('inventory', 'DELETE FROM reservation WHERE order_id = ANY($1)', these([other, fourth]));
  await books.sql('payment', 'DELETE FROM payment WHERE order_id = ANY($1)', these([third, fourth]));
  for (const table of ['order_line', 'saga', 'orders']) {
    const key = table === 'orders' ? 'id' : 'order_id';
    await books.sql('order', `DELETE FROM ${table} WHERE ${key} = ANY($1)`, these(more));
  }
  const pages = await walkOrders(limit);
  const all = [
    ...['payment_differs', 'reservation_differs'].map((kind) => `${kind} ${one}`),
    ...['payment_differs', 'reservation_missing'].map((kind) => `${kind} ${other}`),
    ...['payment_missing', 'reservation_differs'].map((kind) => `${kind} ${third}`),
    ...['payment_missing', 'reservation_missing'].map((kind) => `${kind} ${fourth}`),
    ...more.flatMap((id) => [`payment_unknown ${id}`, `reservation_unknown ${id}`]),
  ].sort();
  expect(kinds(found(pages))).toEqual(all);
  expect(pages.flatMap((page) => page.orders.map(({ id }) => id))).toEqual(orders);
  const named = await checkTheseOrders(books.databases, TOLERANCE, [...orders, ...more]);
  expect(kinds(named)).toEqual(all);
  expect(kinds(await checkTheseOrders(books.databases, TOLERANCE, [third]))).toEqual([
    `payment_missing ${third}`,
    `reservation_differs ${third}`,
  ]);
  expect(await checkTheseOrders(books.databases, TOLERANCE, [])).toEqual([]);
});

test('a range of ids leaves out both its ends', async () => {
  const { orders } = await sold();
  const [first, second, third] = orders;
  const pages = await walkOrders(500, first, third);
  expect(pages.flatMap((page) => page.orders.map(({ id }) => id))).toEqual([second]);
});

test('what one of the three databases has more rows of than a page holds is held against the others row by row', async () => {
  await sold();
  // payment and then inventory reach less far than order does
  const strangers = { payment: books.ids(3), inventory: books.ids(3) };
  const { orders } = await sold();
  await books.sql(
    'payment',
    `INSERT INTO payment (id, order_id, status, amount, currency, captured_amount, refunded_amount, provider, released, created_at)
     SELECT gen_random_uuid(), id, 'CAPTURED', 5, 'EUR', 5, 0, 'simulator', false, now() - interval '1 hour' FROM unnest($1::uuid[]) id`,
    [strangers.payment],
  );
  await books.sql(
    'inventory',
    `INSERT INTO reservation (order_id, id, status, lines, version, created_at)
     SELECT id, gen_random_uuid(), 'RELEASED', '[]', 1, now() - interval '1 hour' FROM unnest($1::uuid[]) id`,
    [strangers.inventory],
  );
  const all = [
    ...strangers.payment.map((id) => `payment_unknown ${id}`),
    ...strangers.inventory.map((id) => `reservation_unknown ${id}`),
  ].sort();
  for (const limit of [1, 2, 4, 5]) expect(kinds(found(await walkOrders(limit)))).toEqual(all);
  // of strangers younger than the grace nothing is said yet
  await books.sql('payment', 'UPDATE payment SET created_at = now() WHERE order_id <> ALL($1)', [orders]);
  await books.sql('inventory', 'UPDATE reservation SET created_at = now() WHERE order_id <> ALL($1)', [orders]);
  expect(found(await walkOrders(4))).toEqual([]);
});

/** The databases, and what happens once a database is read for the n-th time, before that. */
function meanwhile(keeper: keyof Databases, what: () => Promise<unknown>): Databases {
  let reads = 0;
  return {
    ...books.databases,
    [keeper]: {
      snapshot: async (work: Parameters<Databases['order']['snapshot']>[0]) => {
        reads += 1;
        if (reads === 1) await what();
        return books.databases[keeper].snapshot(work);
      },
    },
  };
}

test('a refund that begins between the reads of two databases makes no difference', async () => {
  const { orders } = await sold();
  const begun = meanwhile('payment', async () => {
    await books.sql(
      'order',
      "UPDATE saga SET step = 'REFUNDING', status = 'REFUNDING', refund = '{}', retry_at = now(), updated_at = now() WHERE order_id = $1",
      [orders[1]],
    );
    await books.sql('payment', 'UPDATE payment SET refunded_amount = 1 WHERE order_id = $1', [orders[1]]);
    await books.sql('payment', 'UPDATE payment SET amount = 1, captured_amount = 1 WHERE order_id = $1', [orders[2]]);
  });
  const { differences } = await checkOrders(begun, TOLERANCE, FIRST_ID, LAST_ID, 500);
  expect(kinds(differences)).toEqual([`payment_differs ${orders[2]}`]);
});

test('each order that stays in one step for too long is found, once', async () => {
  const { orders } = await sold();
  const [one, other, young] = orders;
  const open = `UPDATE saga SET step = 'CAPTURING', status = 'PAID', retry_at = now(), entered_at = now() - $2::interval
    WHERE order_id = ANY($1)`;
  await books.sql('order', open, [[one, other], '3 hours']);
  await books.sql('order', open, [[young], '1 hour']);
  const overdue = [`order_open ${one}`, `order_open ${other}`].sort();
  expect(kinds(await checkOverdue(books.databases, TOLERANCE))).toEqual(overdue);
  expect(kinds(await spanned())).toEqual(overdue);
});

test('a refund that the bank takes days for is open, and overdue after two weeks', async () => {
  const { orders } = await sold();
  const [atTheBank, forgotten] = orders;
  const refunding = `UPDATE saga SET step = 'REFUNDING', status = 'REFUNDING', refund = '{}', retry_at = now(),
    entered_at = now() - $2::interval WHERE order_id = $1`;
  await books.sql('order', refunding, [atTheBank, '13 days']);
  await books.sql('order', refunding, [forgotten, '15 days']);
  expect(kinds(await checkOverdue(books.databases, TOLERANCE))).toEqual([`order_open ${forgotten}`]);
  expect(kinds(await spanned())).toEqual([`order_open ${forgotten}`]);
});

test('an order that waits for a person until a deadline is overdue only after that', async () => {
  const { orders } = await sold();
  const [waiting, forgotten] = orders;
  const review = `UPDATE saga SET step = 'CHECKING', status = 'CREATED', check_state = 'REVIEW', payment_asked = false, retry_at = now(),
    entered_at = now() - interval '1 day', deadline_at = now() + $2::interval WHERE order_id = $1`;
  await books.sql('order', review, [waiting, '1 minute']);
  await books.sql('order', review, [forgotten, '-3 hours']);
  expect(kinds(await checkOverdue(books.databases, TOLERANCE))).toEqual([`order_open ${forgotten}`]);
  expect(kinds(await spanned())).toEqual([`order_open ${forgotten}`]);
});

test('pieces that came back for a failed refund differ until the stock is adjusted in its name', async () => {
  const { products, orders } = await sold();
  const [first, second] = products as [string, string];
  const [one, other] = orders as [string, string];
  const back = (productId: string) => ({ amount: UNIT_PRICE, lines: [{ productId, quantity: 1 }] });
  // refunds that succeeded, and one that failed without pieces
  const paid = await books.refund(other, back(first));
  await books.refund(one, back(second));
  const failed = [
    await books.refund(one, { ...back(first), status: 'FAILED' }),
    await books.refund(other, { amount: 1, status: 'FAILED' }),
    await books.refund(other, {
      amount: 1,
      lines: [
        { productId: first, quantity: 1 },
        { productId: second, quantity: 1 },
      ],
      status: 'FAILED',
    }),
  ] as const;
  const differ = async () => kinds([...found(await walkOrders(500)), ...found(await walkOrders(1))]);
  const both = [one, one, other, other].map((id) => `refund_restocked ${id}`).sort();
  expect(await differ()).toEqual(both);
  // for another product than came back, for a refund that succeeded, for one that brought nothing back
  await books.adjust(second, -1, failed[0]);
  await books.adjust(first, -1, paid);
  await books.adjust(first, -1, failed[1]);
  expect((await checkTheseOrders(books.databases, TOLERANCE, [one])).map(({ kind }) => kind)).toEqual([
    'refund_restocked',
  ]);
  // the second product of the second refund of the second order
  await books.adjust(second, -1, failed[2]);
  expect(kinds(await checkTheseOrders(books.databases, TOLERANCE, [one, other]))).toEqual([`refund_restocked ${one}`]);
  await books.adjust(first, -1, failed[0]);
  expect(kinds(await checkTheseOrders(books.databases, TOLERANCE, [one, other]))).toEqual([]);
});

test.each([1, 2, 500])('a product that a service does not know is found, in pages of %i', async (limit) => {
  const products = books.ids(5);
  const [whole, unpriced, unstocked, both, unlisted] = products as [string, string, string, string, string];
  await books.register(...products);
  await books.sql('order', 'DELETE FROM catalog_product WHERE id = ANY($1)', [[unpriced, both]]);
  for (const table of ['stock', 'stock_movement']) {
    await books.sql('inventory', `DELETE FROM ${table} WHERE product_id = ANY($1)`, [[unstocked, both]]);
  }
  await books.sql('product', 'DELETE FROM product WHERE id = $1', [unlisted]);
  const listed = found(await walkProducts(limit));
  expect(listed.map(({ productId, seen }) => [productId, seen])).toEqual([
    [unpriced, 'unknown to order'],
    [unstocked, 'unknown to inventory'],
    [both, 'unknown to order and inventory'],
  ]);
  // what the catalogue does not have is found from the stock
  const stocked = found(await walkStock(limit));
  expect(stocked.map(({ kind, productId, seen }) => [kind, productId, seen])).toEqual([
    ['product_unknown', unlisted, 'unknown to product'],
  ]);
  const named = await checkTheseProducts(books.databases, GRACE_MS, Date.now(), [newId(), ...products, books.id()]);
  expect(named).toHaveLength(4);
  expect(kinds(named)).not.toContain(`product_unknown ${whole}`);
});

test('two products that the catalogue does not have are both found from their stock', async () => {
  const products = books.ids(3);
  await books.register(...products);
  await books.sql('product', 'DELETE FROM product WHERE id <> $1', [products[1]]);
  expect(kinds(found(await walkStock(500)))).toEqual([products[0], products[2]].map((id) => `product_unknown ${id}`));
});

test('a product is looked at once it is older than the grace, to the millisecond', async () => {
  const id = books.id();
  await books.register(id);
  await books.sql('order', 'DELETE FROM catalog_product');
  const made = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
  expect(found(await walkProducts(5, made + GRACE_MS))).toEqual([]);
  expect(kinds(found(await walkProducts(5, made + GRACE_MS + 1)))).toEqual([`product_unknown ${id}`]);
  // the first id of a millisecond belongs to it
  await books.sql('product', 'UPDATE product SET id = $1', [idAt(made)]);
  expect(found(await walkProducts(5, made + GRACE_MS))).toEqual([]);
});

test.each([1, 2, 500])('stock that differs is found for each of two products, in pages of %i', async (limit) => {
  const { products } = await sold();
  const more = books.ids(5);
  const all = [...products, ...more];
  await books.register(...more);
  const changed = (of: readonly string[]) => [of];
  await books.sql(
    'inventory',
    'UPDATE stock SET on_hand = on_hand + 1 WHERE product_id = ANY($1)',
    changed(all.slice(0, 2)),
  );
  await books.sql(
    'inventory',
    'UPDATE stock SET reserved = reserved + 1 WHERE product_id = ANY($1)',
    changed(all.slice(1, 3)),
  );
  await books.sql(
    'product',
    'UPDATE product_stock SET on_hand = 7 WHERE product_id = ANY($1)',
    changed(all.slice(3, 5)),
  );
  await books.sql('product', 'DELETE FROM product_stock WHERE product_id = ANY($1)', changed(all.slice(5, 7)));
  const expected = [
    ...[0, 1, 2].map((n) => `stock_level ${all[n]}`),
    ...[1, 2].map((n) => `stock_reserved ${all[n]}`),
    ...[3, 4, 5, 6].map((n) => `stock_shown ${all[n]}`),
  ].sort();
  const differences = found(await walkStock(limit));
  expect(kinds(differences)).toEqual(expected);
  expect(differences.filter(({ productId }) => productId === all[6])).toMatchObject([
    { expected: 'some stock', seen: 'none' },
  ]);
  const missing = books.ids(2);
  const named = await checkTheseStocks(books.databases, GRACE_MS, [missing[0]!, ...all, missing[1]!]);
  expect(kinds(named)).toEqual([...expected, ...missing.map((id) => `stock_missing ${id}`)].sort());
  expect(await checkTheseStocks(books.databases, GRACE_MS, [])).toEqual([]);
});

test('each movement that does not follow from the one before is found, wherever the pages end', async () => {
  const { products } = await sold();
  const [one, other] = products as [string, string];
  const wrong = 'UPDATE stock_movement SET reserved_delta = reserved_delta + 1 WHERE (product_id, version) = ($1, $2)';
  await books.sql('inventory', wrong, [one, 3]);
  await books.sql('inventory', wrong, [one, 9]);
  await books.sql('inventory', wrong, [other, 2]);
  for (const limit of [2, 3, 4, 9, 18, 19, 500]) {
    const pages = await walkMovements(limit);
    expect(found(pages).map(({ kind, productId, movement }) => [kind, productId, movement])).toEqual([
      ['stock_movements', one, 3],
      ['stock_movements', one, 9],
      ['stock_movements', other, 2],
    ]);
  }
});

const LEDGER_MS = 1_800_000;

async function ledger(provider: string, dueIn: string, checkedAgo: string | null, madeAgo = '3 hours'): Promise<void> {
  await books.sql(
    'payment',
    `INSERT INTO ledger_check (provider, due_at, checked_at, created_at)
     VALUES ($1, now() + $2::interval, now() - $3::interval, now() - $4::interval)`,
    [provider, dueIn, checkedAgo, madeAgo],
  );
}

test('a ledger that was never checked is missed once there are payments that are old enough', async () => {
  const now = Date.now();
  const check = () => checkLedger(books.databases, LEDGER_MS, now);
  expect(await check()).toEqual({ state: undefined, differences: [] });
  await books.register(...books.ids(1));
  const orderId = idAt(now - LEDGER_MS);
  await books.sell({ orderId, lines: [] });
  expect((await check()).differences).toEqual([]);
  await books.sql('payment', 'UPDATE payment SET order_id = $1', [idAt(now - LEDGER_MS - 1)]);
  expect((await check()).differences).toMatchObject([
    { kind: 'ledger_unchecked', orderId: null, expected: 'a check in the last 30 minutes', seen: 'none' },
  ]);
  // as it is when payment is waiting for its provider's first answer
  await ledger('simulator', '1 minute', null, '20 minutes');
  expect((await check()).differences).toEqual([]);
  await books.sql('payment', "UPDATE ledger_check SET created_at = now() - interval '40 minutes'");
  expect((await check()).differences).toMatchObject([{ kind: 'ledger_unchecked', seen: 'none' }]);
});

test('a ledger that cannot be read is not missed, until payment uses a provider again whose ledger can', async () => {
  const now = Date.now();
  const [productId = ''] = books.ids(1);
  await books.register(productId);
  await books.sell({ orderId: idAt(now - 2 * LEDGER_MS), lines: [] });
  // the provider before this one was checked until yesterday
  await ledger('old', '-1 day', '1 day');
  await ledger('bank', '1 minute', null);
  const check = () => checkLedger(books.databases, LEDGER_MS, now);
  expect((await check()).differences).toMatchObject([{ kind: 'ledger_unchecked' }]);
  await books.sql('payment', "UPDATE ledger_check SET lists = false WHERE provider = 'bank'");
  expect(await check()).toMatchObject({ state: { provider: 'bank', lists: false, overdue: false }, differences: [] });
  await books.sql('payment', "UPDATE ledger_check SET due_at = now() + interval '5 minutes' WHERE provider = 'old'");
  expect((await check()).differences).toMatchObject([{ kind: 'ledger_unchecked' }]);
});

test('what payment found in the ledger of the provider in use is shown, and when it has not looked for too long', async () => {
  const ids = books.ids(4);
  const [first, second, third, last] = ids;
  await ledger('old', '-1 day', '1 day');
  await ledger('simulator', '1 minute', '20 minutes');
  const difference = `INSERT INTO ledger_difference (provider, order_id, reference, kind, expected, seen)
    SELECT $1, id, $2, 'charge_differs', 'this', 'that' FROM unnest($3::uuid[]) id`;
  await books.sql('payment', difference, ['simulator', 'ch_1', ids]);
  await books.sql('payment', difference, ['simulator', '', [second]]);
  await books.sql('payment', difference, ['old', 'ch_0', ids]);
  const all = await checkLedger(books.databases, LEDGER_MS, Date.now());
  expect(kinds(all.differences)).toEqual([...ids, second].map((id) => `charge_differs ${id}`).sort());
  expect(all.state).toMatchObject({ provider: 'simulator', overdue: false });
  const some = await checkLedger(books.databases, LEDGER_MS, Date.now(), { after: first!, before: last! });
  expect(some.differences.map(({ orderId, charge, expected, seen }) => [orderId, charge, expected, seen])).toEqual([
    [second, 'ch_1', 'this', 'that'],
    [third, 'ch_1', 'this', 'that'],
    [second, null, 'this', 'that'],
  ]);
  await books.sql(
    'payment',
    "UPDATE ledger_check SET checked_at = '2026-01-02T03:04:05Z' WHERE provider = 'simulator'",
  );
  const [missed, ...rest] = (await checkLedger(books.databases, LEDGER_MS, Date.now())).differences;
  expect(missed).toMatchObject({ kind: 'ledger_unchecked', seen: '2026-01-02T03:04:05.000Z' });
  expect(rest).toEqual(all.differences);
});

async function spanned(span = { after: FIRST_ID, before: LAST_ID }): Promise<BookDifference[]> {
  const differences: BookDifference[] = [];
  await checkSpan(books.databases, TOLERANCE, span, (some) => differences.push(...some));
  return differences;
}

test('a check of a span reads on after the first page of orders, stock, products and movements', async () => {
  const products = books.ids(501);
  await books.register(...products);
  const orders = books.ids(502);
  // more than 5,000 movements
  const lines = products.slice(0, 5).map((productId) => ({ productId, quantity: 1 }));
  await books.sell(...orders.map((orderId) => ({ orderId, lines })));
  expect(await spanned()).toEqual([]);
  const [lastOrder, lastProduct] = [orders.at(-1)!, products.at(-1)!];
  await books.sql('payment', 'DELETE FROM payment WHERE order_id = $1', [lastOrder]);
  await books.sql('inventory', 'UPDATE stock SET on_hand = 7 WHERE product_id = $1', [lastProduct]);
  await books.sql('order', 'DELETE FROM catalog_product WHERE id = $1', [lastProduct]);
  await books.sql('inventory', 'UPDATE stock_movement SET on_hand_delta = 99 WHERE product_id = $1', [lastProduct]);
  expect(kinds(await spanned())).toEqual(
    [
      `payment_missing ${lastOrder}`,
      `product_unknown ${lastProduct}`,
      `stock_level ${lastProduct}`,
      `stock_movements ${lastProduct}`,
    ].sort(),
  );
  // the bounds are of orders; stock is always looked at whole
  expect(kinds(await spanned({ after: orders[0]!, before: lastOrder }))).not.toContain(`payment_missing ${lastOrder}`);
});

test('a check of a span misses the stock of each product that was sold, once', async () => {
  const { products, orders } = await sold();
  const open = books.id();
  const inOpen = books.id();
  await books.register(inOpen);
  await books.sell({ orderId: open, lines: [{ productId: inOpen, quantity: 1 }] });
  await books.sql(
    'order',
    "UPDATE saga SET step = 'CAPTURING', status = 'PAID', retry_at = now() WHERE order_id = $1",
    [open],
  );
  for (const table of ['stock', 'stock_movement']) await books.sql('inventory', `DELETE FROM ${table}`);
  await books.sql('product', 'DELETE FROM product');
  await books.sql('order', 'DELETE FROM catalog_product');
  expect(orders).toHaveLength(4);
  expect(kinds(await spanned())).toEqual(products.map((id) => `stock_missing ${id}`));
});
