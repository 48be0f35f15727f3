import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { orderSchema, refundsSchema, type Order, type Refund } from '@outrider/contracts';
import type { CallResult } from '@outrider/service-kit/testing';
import { orderServiceWith } from './order.module.js';
import type { PricingPolicy } from './policies/pricing-policy.js';
import { openShop, type Product, type Shop } from './testing/shop.js';

/** A policy that answers what the test wants, be it nonsense. */
let answer: unknown = [];
const pricing: PricingPolicy = { adjustmentsOf: () => answer as ReturnType<PricingPolicy['adjustmentsOf']> };
const discount = (amount: number) => ({ kind: 'discount', label: 'Off', amount });
const shipping = (amount: number) => ({ kind: 'shipping', label: 'Post', amount });

let shop: Shop;
let admin: string;
let book: Product;
let pen: Product;
let gift: Product;

beforeAll(async () => {
  const retry = { COMMAND_RETRY_FIRST_MS: '600000', COMMAND_RETRY_LONGEST_MS: '600000' };
  shop = await openShop({ LOG_LEVEL: 'silent', ...retry }, {}, orderServiceWith({ pricing }));
  admin = await shop.service.token('boss', 'admin');
  book = await shop.product({ price: 500 });
  pen = await shop.product({ price: 333 });
  gift = await shop.product({ price: 0 });
});
afterAll(() => shop.service.close());
afterEach(() => {
  answer = [];
});

const of = (product: Product, quantity: number) => ({ productId: product.id, quantity });
const ask = ({ id }: Order, body: object): Promise<CallResult> =>
  shop.service.call('POST', `/orders/${id}/refunds`, {
    token: admin,
    headers: { 'idempotency-key': randomUUID() },
    body: { reason: 'broken', ...body },
  });
/** A refund from its beginning to its end. */
async function refunded(order: Order, body: object): Promise<Refund> {
  const { status, body: refund } = await ask(order, body);
  expect({ status, refund }).toMatchObject({ status: 201 });
  const { amount, restock, lines } = refund as Refund;
  if (amount > 0) await shop.refunds.pays(order, refund);
  if (restock && lines !== undefined) await shop.refunds.restocks(order, refund);
  await shop.service.until('the refund has ended', async () => (await shop.order(order.id)).status !== 'REFUNDING');
  return (await refunds(order)).find(({ refundId }) => refundId === refund.refundId)!;
}
const refunds = async ({ id }: Order) =>
  refundsSchema.parse((await shop.service.call('GET', `/orders/${id}/refunds`, { token: admin })).body).data;

describe('pieces of a discounted order', () => {
  test('give back what was paid for them: 2 × 500 at -10 % are 450 and 450', async () => {
    answer = [discount(-100)];
    const order = await shop.completed({ items: [of(book, 2)] });
    expect(order).toMatchObject({ total: 900, lines: [{ unitPrice: 500, adjustmentAmount: -100, total: 900 }] });
    expect(await refunded(order, { items: [of(book, 1)], restock: true })).toMatchObject({
      amount: 450,
      status: 'SUCCEEDED',
      restocked: true,
    });
    expect(await shop.order(order.id)).toMatchObject({ status: 'PARTIALLY_REFUNDED', refundedTotal: 450 });
    expect(await refunded(order, { items: [of(book, 1)] })).toMatchObject({ amount: 450 });
    expect(await shop.order(order.id)).toMatchObject({ status: 'REFUNDED', refundedTotal: 900 });
  });

  test('several lines of one product, an odd cent: events and API show the lines, and the last piece has the rest', async () => {
    answer = [discount(-101), shipping(490)];
    const order = await shop.completed({ items: [of(pen, 1), of(gift, 1), of(pen, 2), of(book, 1)] });
    expect(order.total).toBe(1_499 - 101 + 490);
    // 333 / 1,499 of 101 are 22.4, 666 / 1,499 are 44.9, 500 / 1,499 are 33.7
    expect(order.lines.map(({ adjustmentAmount, total }) => [adjustmentAmount, total])).toEqual([
      [-22, 311],
      [0, 0],
      [-45, 621],
      [-34, 466],
    ]);
    const [event] = (await shop.service.emitted('order-lifecycle-event')).filter(({ orderId }) => orderId === order.id);
    expect(event?.payload.lines.map(({ adjustmentAmount, total }) => [adjustmentAmount, total])).toEqual(
      order.lines.map(({ adjustmentAmount, total }) => [adjustmentAmount, total]),
    );
    const paidForPens = order.lines
      .filter(({ productId }) => productId === pen.id)
      .reduce((sum, { total }) => sum + total, 0);
    const given: number[] = [];
    for (let piece = 0; piece < 3; piece += 1) given.push((await refunded(order, { items: [of(pen, 1)] })).amount);
    expect(given.reduce((sum, amount) => sum + amount)).toBe(paidForPens);
    expect(Math.max(...given) - Math.min(...given)).toBeLessThanOrEqual(1);
    expect(await ask(order, { items: [of(pen, 1)] })).toMatchObject({ status: 409, body: { left: 0 } });
    // shipping comes back when it is asked for, once
    const rest = order.total - paidForPens;
    expect(await refunded(order, { items: [of(book, 1), of(gift, 1)], restock: true })).toMatchObject({
      amount: rest - 490,
    });
    expect(await shop.order(order.id)).toMatchObject({ status: 'PARTIALLY_REFUNDED' });
    expect(await refunded(order, { adjustments: ['shipping'] })).toMatchObject({
      amount: 490,
      adjustments: ['shipping'],
    });
    expect(await shop.order(order.id)).toMatchObject({ status: 'REFUNDED', refundedTotal: order.total });
    expect(await ask(order, { adjustments: ['shipping'] })).toMatchObject({
      status: 409,
      body: { type: '/problems/refund-too-large', adjustment: 'shipping', left: 0 },
    });
  });

  test('can come back without money: those that cost nothing, and those whose price was given back by amount', async () => {
    const order = await shop.completed({ items: [of(book, 2), of(gift, 1)] });
    expect(await refunded(order, { items: [of(gift, 1)], restock: true })).toMatchObject({
      amount: 0,
      status: 'SUCCEEDED',
    });
    expect(await shop.order(order.id)).toMatchObject({ status: 'COMPLETED', refundedTotal: 0 });
    await refunded(order, { amount: 1_000 });
    expect(await ask(order, { items: [of(book, 2)], restock: true })).toMatchObject({
      status: 409,
      body: { type: '/problems/refund-too-large', left: 0 },
    });
    const back = await refunded(order, { items: [of(book, 2)], amount: 0, restock: true });
    expect(back).toMatchObject({ amount: 0, lines: [of(book, 2)], restocked: true });
    expect(await shop.order(order.id)).toMatchObject({ status: 'REFUNDED', refundedTotal: 1_000 });
    const sent = (await shop.service.emitted()).filter((event) => 'orderId' in event && event.orderId === order.id);
    expect(sent.filter(({ eventType }) => eventType === 'PAYMENT_REFUND_REQUEST')).toHaveLength(1);
    expect(sent.filter(({ eventType }) => eventType === 'ORDER_REFUNDED')).toHaveLength(1);
    expect(sent.filter(({ eventType }) => eventType === 'RESERVATION_RESTOCK_REQUEST')).toHaveLength(2);
    // nothing of it is left, neither with money nor without
    expect(await ask(order, { items: [of(book, 1)], amount: 0, restock: true })).toMatchObject({ status: 409 });
    for (const body of [
      { items: [of(book, 1)], amount: 0 },
      { items: [of(book, 1)], amount: 0, restock: false },
      { items: [of(book, 1)], amount: 1, restock: true },
      { amount: 0, restock: true },
      { adjustments: [] },
      { adjustments: ['shipping'], amount: 1 },
      { adjustments: [''] },
      { adjustments: 'shipping' },
    ])
      expect(await ask(order, body)).toMatchObject({ status: 400, body: { type: '/problems/malformed' } });
  });

  test('an order with a total of 0 completes without payment, and its pieces can come back', async () => {
    answer = [discount(-5_000), shipping(490)];
    const order = await shop.completed({ items: [of(book, 2)], more: { expectedTotal: 0 } });
    expect(order).toMatchObject({
      total: 0,
      adjustments: [
        { kind: 'discount', amount: -1_490 },
        { kind: 'shipping', amount: 490 },
      ],
      lines: [{ adjustmentAmount: -1_000, total: 0 }],
    });
    expect(await refunded(order, { items: [of(book, 2)], restock: true })).toMatchObject({
      amount: 0,
      restocked: true,
    });
    expect(await shop.order(order.id)).toMatchObject({ status: 'COMPLETED', refundedTotal: 0 });
    expect(await ask(order, { amount: 1 })).toMatchObject({ status: 409, body: { left: 0 } });
  });

  test('F41 an order that a version before accepted is divided when it is read, and its refunds of before count at their price', async () => {
    answer = [discount(-100)];
    const order = await shop.completed({ items: [of(book, 2)] });
    const first = await refunded(order, { items: [of(book, 1)], restock: true });
    // as that version has written them: the piece gave back its price
    await shop.service.sql('UPDATE order_line SET adjustment_amount=NULL WHERE order_id=$1', [order.id]);
    await shop.service.sql('UPDATE refund SET amount=500, shares=NULL, restocked=false WHERE id=$1', [first.refundId]);
    await shop.service.sql('UPDATE saga SET refunded_amount=500 WHERE order_id=$1', [order.id]);
    const token = await shop.service.token('alice', 'customer');
    const { body } = await shop.service.call('GET', `/orders/${order.id}`, { token });
    expect(orderSchema.parse(body).lines).toEqual(order.lines);
    expect(await refunds(order)).toMatchObject([{ amount: 500, restocked: true }]);
    expect(await refunded(order, { items: [of(book, 1)] })).toMatchObject({ amount: 400 });
    expect(await shop.order(order.id)).toMatchObject({ status: 'REFUNDED', refundedTotal: 900 });
  });
});

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['no number', [discount(Number.NaN)]],
  ['half a cent', [discount(0.5)]],
  ['more than can be counted', [discount(2 ** 53)]],
  ['a label without end', [{ ...discount(1), label: 'x'.repeat(1_000) }]],
  ['a promise', Promise.resolve([])],
  ['what PostgreSQL does not store', [{ ...discount(1), reference: '\u0000' }]],
])('a policy that answers %s is a 500 that says nothing, and nothing is written', async (_, nonsense) => {
  const count = async () => shop.service.sql('SELECT count(*)::int FROM orders');
  const before = await count();
  answer = nonsense;
  const { status, body } = await shop.place({ items: [of(book, 1)] });
  expect({ status, type: body.type }).toEqual({ status: 500, type: '/problems/internal' });
  expect(JSON.stringify(body)).not.toMatch(/policy|adjustment/u);
  expect(await count()).toEqual(before);
});
