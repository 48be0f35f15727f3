import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { adjustStockSchema, examplesOf, newId } from '@outrider/contracts';
import { ApiBook, provokeEdges, type ApiRequest } from '@outrider/service-kit/testing';
import { KEYS, openWarehouse, type Warehouse } from '../testing/warehouse.js';

let warehouse: Warehouse;
let book: ApiBook;

beforeAll(async () => {
  warehouse = await openWarehouse({ LOG_LEVEL: 'silent' });
  book = await ApiBook.open(warehouse.service);
});
afterAll(() => warehouse.service.close());

const adjusting = (productId: string, body: unknown): ApiRequest => ({
  apiKey: KEYS.stock,
  params: { productId },
  body,
});
const adjustment = (delta = 1, reference: string = newId()) => ({ delta, reason: 'Counted', reference });

describe('every answer is as the document says, and every documented answer is seen', () => {
  test.each(Object.entries(examplesOf(adjustStockSchema)))('adjusting: the example %s', async (_, body) => {
    expect((await book.call('adjustStock', adjusting(await warehouse.product(5), body))).status).toBe(200);
  });

  test('adjusting', async () => {
    const product = await warehouse.product(5);
    const reference = newId();
    await book.call('adjustStock', adjusting(product, adjustment(1, reference)));
    const again = await book.call('adjustStock', adjusting(product, adjustment(1, reference)));
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    for (const other of [adjustment(2, reference), { ...adjustment(1, reference), reason: 'Counted again' }]) {
      expect((await book.call('adjustStock', adjusting(product, other))).status).toBe(422);
    }
    expect((await book.call('adjustStock', adjusting(product, adjustment(-7)))).body.type).toBe(
      '/problems/stock-insufficient',
    );
    expect((await book.call('adjustStock', adjusting(newId(), adjustment()))).status).toBe(404);
  });

  test('reading', async () => {
    const productId = await warehouse.product(5);
    const orderId = newId();
    await warehouse.create(orderId, [{ productId, quantity: 2 }]);
    await warehouse.untilSent(orderId, 1);
    expect((await book.call('getStock', { apiKey: KEYS.stock, params: { productId } })).status).toBe(200);
    const unknown = { apiKey: KEYS.stock, params: { productId: newId() } };
    expect((await book.call('getStock', unknown)).status).toBe(404);
    const reservations = await book.call('listReservations', { apiKey: KEYS.read, query: { orderId } });
    expect(reservations.body.data).toHaveLength(1);
  });

  test('what any operation may be answered with', () =>
    provokeEdges(book, {
      adjustStock: async () => adjusting(await warehouse.product(5), adjustment()),
      getStock: async () => ({ apiKey: KEYS.stock, params: { productId: await warehouse.product(5) } }),
      listReservations: () => ({ apiKey: KEYS.read, query: { orderId: newId() } }),
    }));

  test('every documented answer was seen', () => expect(book.unseen()).toEqual([]));
});
