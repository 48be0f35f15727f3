import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  decideCheckSchema,
  EXAMPLE,
  examplesOf,
  newId,
  placedOrderSchema,
  placeOrderSchema,
  refundOrderSchema,
  type Order,
  type Refund,
} from '@outrider/contracts';
import {
  ApiBook,
  provokeEdges,
  whileKeyIsTaken,
  type ApiRequest,
  type TestService,
} from '@outrider/service-kit/testing';
import { orderServiceWith } from '../order.module.js';
import type { OrderCheck } from '../policies/order-check.js';
import { openShop, type Product, type Shop } from '../testing/shop.js';

/** Orders with this reference are checked. */
const CHECKED = 'checked';

let shop: Shop;
let service: TestService;
let book: ApiBook;
let admin: string;
let alice: string;
let thing: Product;
let free: Product;

beforeAll(async () => {
  const check: OrderCheck = { concerns: ({ order }) => order.reference === CHECKED };
  const env = { LOG_LEVEL: 'silent', PAYMENT_PROVIDER: 'stripe' };
  shop = await openShop(env, {}, orderServiceWith({ check }));
  service = shop.service;
  admin = await service.token('boss', 'admin');
  alice = await service.token('alice', 'customer');
  thing = await shop.product({ price: 100 });
  free = await shop.product({ price: 0 });
  const products = [
    [EXAMPLE.productId, EXAMPLE.tea],
    [EXAMPLE.otherProductId, EXAMPLE.cup],
  ] as const;
  for (const [id, facts] of products) {
    await service.publish('catalog-event', 'PRODUCT_REGISTERED', id, { ...facts, initialStock: 12, version: 1 });
  }
  await service.until('order knows the products of the examples', async () => {
    const known = await service.sql('SELECT 1 FROM catalog_product WHERE id = ANY($1)', [products.map(([id]) => id)]);
    return known.length === products.length;
  });
  book = await ApiBook.open(service);
});
afterAll(() => service.close());

const key = (value: string = randomUUID()): Record<string, string> => ({ 'idempotency-key': value });
const items = () => [{ productId: thing.id, quantity: 3 }];
const wish = (more: object = {}) => ({ items: items(), currency: 'EUR', paymentMethod: 'pm_card', ...more });
const placing = (body: object = wish(), again?: string): ApiRequest => ({ token: alice, headers: key(again), body });
const of = ({ id }: Pick<Order, 'id'>, more: ApiRequest = {}): ApiRequest => ({
  token: alice,
  params: { id },
  ...more,
});
const refunding = ({ id }: Pick<Order, 'id'>, body: object, again?: string): ApiRequest => ({
  token: admin,
  headers: key(again),
  params: { id },
  body: { reason: 'Broken', ...body },
});
const typeOf = async (operation: string, request: ApiRequest): Promise<string> =>
  ((await book.call(operation, request)).body as { type: string }).type.replace('/problems/', '');

/** Asks for a refund that is there. */
async function refundOf(): Promise<ApiRequest> {
  const order = await shop.completed({ items: items() });
  const { body } = await book.call('refundOrder', refunding(order, { amount: 1 }));
  return { token: admin, params: { id: order.id, refundId: body.refundId as string } };
}

/** Decides about an order that waits for its check. */
async function deciding(body: object = { decision: 'pass', reason: 'Known' }): Promise<ApiRequest> {
  const order = await shop.placed({ items: items(), more: { reference: CHECKED } });
  await shop.stock.accepts(order);
  await service.until('it is checked', async () => (await shop.order(order.id)).check === 'ASKED');
  return { token: admin, params: { id: order.id }, body };
}

/** A key that was used longer ago than answers are kept. */
async function forgotten(used: string): Promise<void> {
  await service.sql('DELETE FROM idempotency_record WHERE key=$1', [used]);
}

describe('every answer is as the document says, and every documented answer is seen', () => {
  test.each(Object.entries(examplesOf(placeOrderSchema)))('placing: the example %s', async (_, body) => {
    const answer = await book.call('placeOrder', placing(body as object));
    expect(answer.status).toBe(201);
    const { id, createdAt, updatedAt } = answer.body as Order;
    expect(answer.body).toEqual({
      ...(examplesOf(placedOrderSchema)['placed'] as Order),
      id,
      customerId: 'alice',
      createdAt,
      updatedAt,
    });
  });

  test('placing', async () => {
    const again = randomUUID();
    expect((await book.call('placeOrder', placing(wish(), again))).status).toBe(201);
    expect((await book.call('placeOrder', placing(wish(), again))).headers.get('idempotent-replayed')).toBe('true');
    expect((await book.call('placeOrder', placing(wish({ reference: 'other' }), again))).status).toBe(422);
    await forgotten(again);
    expect(await typeOf('placeOrder', placing(wish(), again))).toBe('idempotency-key-expired');
    expect(await typeOf('placeOrder', placing(wish({ expectedTotal: 299 })))).toBe('price-changed');
    expect(await typeOf('placeOrder', placing(wish({ currency: 'USD' })))).toBe('currency-mismatch');
    const dinar = await shop.product({ price: 5_125, currency: 'KWD' });
    const dinars = { items: [{ productId: dinar.id, quantity: 1 }], currency: 'KWD' };
    expect(await typeOf('placeOrder', placing(wish(dinars)))).toBe('amount-not-supported');
    const unknown = { items: [{ productId: newId(), quantity: 1 }] };
    expect(await typeOf('placeOrder', placing(wish(unknown)))).toBe('product-unknown');
    const taken = { principal: 'person:alice', route: 'placeOrder', key: randomUUID() };
    await whileKeyIsTaken(service, taken, async () => {
      expect(await typeOf('placeOrder', placing(wish(), taken.key))).toBe('idempotency-key-in-flight');
    });
  });

  test('placing an order for what is not sold any more', async () => {
    const { id, ...gone } = await shop.product();
    await service.publish('catalog-event', 'PRODUCT_RETIRED', id, { ...gone, version: 2 });
    const body = wish({ items: [{ productId: id, quantity: 1 }] });
    await service.until('order knows that it is gone', async () => {
      const answer = await book.call('placeOrder', placing(body));
      return answer.body.type === '/problems/product-retired';
    });
  });

  test.each(['getOrder', 'getOrderTimeline', 'listOrderRefunds'])('reading: %s', async (operation) => {
    const order = await shop.placed({ items: items() });
    expect((await book.call(operation, of(order))).status).toBe(200);
    expect((await book.call(operation, of({ id: newId() }))).status).toBe(404);
  });

  test('listing', async () => {
    const { reference } = await shop.placed({ items: items(), more: { reference: 'mine' } });
    const query = { reference: reference ?? '', status: 'CREATED', limit: '1' };
    expect((await book.call('listOrders', { token: alice, query })).body.data).toHaveLength(1);
  });

  test('cancelling', async () => {
    const order = await shop.placed({ items: items() });
    expect((await book.call('cancelOrder', of(order))).status).toBe(202);
    expect((await book.call('cancelOrder', of(order))).status).toBe(200);
    expect((await book.call('cancelOrder', of({ id: newId() }))).status).toBe(404);
    expect(await typeOf('cancelOrder', of(await shop.completed({ items: items() })))).toBe('too-late');
  });

  test.each(Object.entries(examplesOf(decideCheckSchema)))('deciding a check: the example %s', async (_, body) => {
    const request = await deciding(body as object);
    expect((await book.call('decideOrderCheck', request)).status).toBe(200);
    expect((await book.call('decideOrderCheck', request)).status).toBe(200);
  });

  test('deciding a check', async () => {
    const request = await deciding();
    expect(await typeOf('decideOrderCheck', { ...request, params: { id: newId() } })).toBe('not-found');
    const unchecked = await shop.placed({ items: items() });
    expect(await typeOf('decideOrderCheck', { ...request, params: { id: unchecked.id } })).toBe('check-not-open');
  });

  test.each(Object.entries(examplesOf(refundOrderSchema)))('refunding: the example %s', async (_, body) => {
    const asked = examplesOf(placeOrderSchema)['order'] as { items: { productId: string; quantity: number }[] };
    const order = await shop.completed({ items: asked.items });
    const { status, body: refund } = await book.call('refundOrder', refunding(order, body as object));
    expect(status).toBe(201);
    if ((refund as Refund).amount > 0) await shop.refunds.pays(order, refund as Refund);
  });

  test('reading: getOrderRefund', async () => {
    const request = await refundOf();
    const { status, body } = await book.call('getOrderRefund', request);
    expect([status, body.refundId]).toEqual([200, request.params?.['refundId']]);
    const strange = { ...request, params: { ...request.params, refundId: newId() } };
    expect(await typeOf('getOrderRefund', strange)).toBe('not-found');
  });

  test('refunding', async () => {
    const order = await shop.completed({ items: items() });
    expect(await typeOf('refundOrder', refunding(order, { amount: 301 }))).toBe('refund-too-large');
    const tooMany = { items: [{ productId: thing.id, quantity: 4 }] };
    expect(await typeOf('refundOrder', refunding(order, tooMany))).toBe('refund-too-large');
    const part = { amount: 1, restock: true };
    expect(await typeOf('refundOrder', refunding(order, part))).toBe('restock-needs-items');
    expect(await typeOf('refundOrder', refunding({ id: newId() }, { amount: 1 }))).toBe('not-found');
    const placed = await shop.placed({ items: items() });
    expect(await typeOf('refundOrder', refunding(placed, { amount: 1 }))).toBe('not-refundable');
    const gift = await shop.completed({ items: [{ productId: free.id, quantity: 1 }] });
    const nothing = { items: [{ productId: free.id, quantity: 1 }] };
    expect(await typeOf('refundOrder', refunding(gift, nothing))).toBe('not-refundable');
    const dinar = await shop.product({ price: 5_120, currency: 'KWD' });
    const inDinars = await shop.completed({ items: [{ productId: dinar.id, quantity: 1 }], more: { currency: 'KWD' } });
    expect(await typeOf('refundOrder', refunding(inDinars, { amount: 5 }))).toBe('amount-not-supported');
    const again = randomUUID();
    expect((await book.call('refundOrder', refunding(order, { amount: 1 }, again))).status).toBe(201);
    const replayed = await book.call('refundOrder', refunding(order, { amount: 1 }, again));
    expect(replayed.headers.get('idempotent-replayed')).toBe('true');
    expect((await book.call('refundOrder', refunding(order, { amount: 2 }, again))).status).toBe(422);
    expect(await typeOf('refundOrder', refunding(order, { amount: 1 }))).toBe('refund-open');
    await shop.refunds.pays(order, { refundId: replayed.body.refundId as string, amount: 1 });
    await shop.becomes(order.id, 'PARTIALLY_REFUNDED');
    await forgotten(again);
    expect(await typeOf('refundOrder', refunding(order, { amount: 1 }, again))).toBe('idempotency-key-expired');
    const taken = { principal: 'person:boss', route: 'refundOrder', key: randomUUID() };
    await whileKeyIsTaken(service, taken, async () => {
      const request = refunding(order, { amount: 1 }, taken.key);
      expect(await typeOf('refundOrder', request)).toBe('idempotency-key-in-flight');
    });
  });

  test('what any operation may be answered with', () =>
    provokeEdges(book, {
      placeOrder: () => placing(),
      listOrders: () => ({ token: alice }),
      getOrder: async () => of(await shop.placed({ items: items() })),
      getOrderTimeline: async () => of(await shop.placed({ items: items() })),
      listOrderRefunds: async () => of(await shop.placed({ items: items() })),
      getOrderRefund: () => refundOf(),
      cancelOrder: async () => of(await shop.placed({ items: items() })),
      decideOrderCheck: () => deciding(),
      refundOrder: async () => refunding(await shop.completed({ items: items() }), { amount: 1 }),
    }));

  test('every documented answer was seen', () => expect(book.unseen()).toEqual([]));
});
