import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { openWarehouse, wrongBooks, type Warehouse } from './testing/warehouse.js';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await openWarehouse({ RESERVATION_EXPIRY_MS: '600000' });
});
afterAll(async () => {
  expect(await wrongBooks(warehouse.service)).toEqual([]);
  await warehouse.service.close();
});

/** On hand and reserved of each product. */
const levels = async (products: readonly string[]) =>
  Promise.all(
    products.map(async (id) => {
      const { onHand, reserved } = await warehouse.stock(id);
      return [onHand, reserved];
    }),
  );
/** Three products, of which the second is in two lines. */
async function sold(order: string): Promise<string[]> {
  const products = await warehouse.products(3, 10);
  const [a, b, c] = products as [string, string, string];
  await warehouse.create(order, [
    { productId: a, quantity: 1 },
    { productId: b, quantity: 2 },
    { productId: c, quantity: 3 },
    { productId: b, quantity: 1 },
  ]);
  await warehouse.untilSent(order, 1);
  expect(await levels(products)).toEqual([
    [10, 1],
    [10, 3],
    [10, 3],
  ]);
  return products;
}
const confirmed = async (order: string): Promise<string[]> => {
  const products = await sold(order);
  await warehouse.confirm(order);
  await warehouse.untilSent(order, 2);
  expect(await levels(products)).toEqual([
    [9, 0],
    [7, 0],
    [7, 0],
  ]);
  return products;
};
const ALL_BACK = [
  [10, 0],
  [10, 0],
  [10, 0],
];
/** What was published of products, by product: how much more or less is available. */
const published = async (products: readonly string[]) => {
  const events = await warehouse.service.emitted('product-event');
  return products.map((id) => events.flatMap(({ productId, payload }) => (productId === id ? [payload.delta] : [])));
};

test('a release gives back every product of a reservation', async () => {
  const order = newId();
  const products = await sold(order);
  await warehouse.release(order);
  expect((await warehouse.untilSent(order, 2)).at(-1)).toMatchObject({ payload: { restocked: false } });
  expect(await levels(products)).toEqual(ALL_BACK);
  expect(await published(products)).toEqual([
    [10, -1, 1],
    [10, -3, 3],
    [10, -3, 3],
  ]);
});

test('F44 a release after the confirmation restocks every product, each line of it', async () => {
  const order = newId();
  const products = await confirmed(order);
  await warehouse.release(order);
  expect((await warehouse.untilSent(order, 3)).at(-1)).toMatchObject({ payload: { restocked: true } });
  expect(await levels(products)).toEqual(ALL_BACK);
  expect(await published(products)).toEqual([
    [10, -1, 1],
    [10, -3, 3],
    [10, -3, 3],
  ]);
  const [row] = await warehouse.service.sql<{ lines: { quantity: number; restocked: number }[] }>(
    'SELECT lines FROM reservation WHERE order_id=$1',
    [order],
  );
  expect(row!.lines.map(({ quantity, restocked }) => [quantity, restocked])).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
    [1, 1],
  ]);
});

test('F44 so it does when the release comes in one batch with what it undoes', async () => {
  const order = newId();
  const products = await warehouse.products(2, 10);
  const lines = products.map((productId, index) => ({ productId, quantity: index + 1 }));
  await warehouse.service.publishAll('reservation-event', [
    { type: 'RESERVATION_CREATE_REQUEST', key: order, payload: { commandId: newId(), lines } },
    { type: 'RESERVATION_CONFIRM_REQUEST', key: order, payload: { commandId: newId() } },
    { type: 'RESERVATION_RELEASE_REQUEST', key: order, payload: { commandId: newId(), reason: 'test' } },
  ]);
  await warehouse.untilSent(order, 3);
  expect(await levels(products)).toEqual([
    [10, 0],
    [10, 0],
  ]);
});

test('a refund of several products restocks each of them, and several lines of one as far as they were sold', async () => {
  const order = newId();
  const [a, b, c] = (await confirmed(order)) as [string, string, string];
  await warehouse.restock(order, newId(), [
    { productId: b, quantity: 3 },
    { productId: c, quantity: 1 },
  ]);
  await warehouse.untilSent(order, 3);
  expect(await levels([a, b, c])).toEqual([
    [9, 0],
    [10, 0],
    [8, 0],
  ]);
  // of the second none is left; two lines of the third ask for one more than is
  await warehouse.restock(order, newId(), [
    { productId: a, quantity: 1 },
    { productId: b, quantity: 1 },
    { productId: c, quantity: 1 },
    { productId: c, quantity: 2 },
  ]);
  await warehouse.untilSent(order, 4);
  expect(await levels([a, b, c])).toEqual(ALL_BACK);
});

test('a release after a refund of some brings back the rest of every product', async () => {
  const order = newId();
  const [a, b, c] = (await confirmed(order)) as [string, string, string];
  await warehouse.restock(order, newId(), [
    { productId: a, quantity: 1 },
    { productId: b, quantity: 2 },
  ]);
  await warehouse.untilSent(order, 3);
  await warehouse.release(order);
  await warehouse.untilSent(order, 4);
  expect(await levels([a, b, c])).toEqual(ALL_BACK);
});

test('F25 what expires gives back every product, of several orders at once', async () => {
  const orders = [newId(), newId()];
  const products = [...(await sold(orders[0]!)), ...(await sold(orders[1]!))];
  // their time is over
  await warehouse.service.sql('UPDATE reservation SET expires_at = now() WHERE order_id = ANY($1)', [orders]);
  for (const order of orders) {
    expect((await warehouse.untilSent(order, 2)).at(-1)).toMatchObject({ eventType: 'RESERVATION_EXPIRED' });
  }
  expect(await levels(products)).toEqual([...ALL_BACK, ...ALL_BACK]);
});
