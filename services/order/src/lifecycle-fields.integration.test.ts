import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EVENT_TYPE_FACTS, newId, type Order, type Refund } from '@outrider/contracts';
import { orderServiceWith } from './order.module.js';
import type { CheckedOrder } from './policies/order-check.js';
import { openShop, type Product, type Shop } from './testing/shop.js';

// The contract's examples have every field that some event of the type has. What is read for the event by a statement that forgot a column is missing in
// the payload and, where the field is optional, missed by nobody.
let shop: Shop;
let thing: Product;
const seen = new Map<string, Set<string>>();
const metadata = { shop: 'Hamburg 2' };

beforeAll(async () => {
  shop = await openShop({}, {}, orderServiceWith({ check: { concerns } }));
  thing = await shop.product();
  await placeAndPlay();
  for (const { eventType, payload } of await shop.service.emitted('order-lifecycle-event')) {
    expect(payload).toMatchObject({ reference: 'my order', metadata });
    seen.set(eventType, new Set([...(seen.get(eventType) ?? []), ...Object.keys(payload)]));
  }
});
afterAll(() => shop.service.close());

/** Of an order of three pieces the shop's check is asked. */
const concerns = ({ lines }: CheckedOrder): boolean => lines.some(({ quantity }) => quantity === 3);
const placed = (quantity = 2): Promise<Order> => shop.placed(asked(quantity));
const asked = (quantity = 2) => ({
  items: [{ productId: thing.id, quantity }],
  more: { reference: 'my order', metadata },
});
const say = (id: string, type: 'PAYMENT_REFUND_RETURNED' | 'PAYMENT_DISPUTED', payload: object): Promise<string> =>
  shop.service.publish('order-event', type, id, payload as never);

async function placeAndPlay(): Promise<void> {
  const refused = await placed();
  const lines = [{ productId: thing.id, quantity: 2 }];
  await shop.service.publish('order-event', 'RESERVATION_CREATION_FAILED', refused.id, {
    commandId: await commandOf(refused),
    reason: 'OUT_OF_STOCK',
    lines,
  });
  await shop.becomes(refused.id, 'FAILED');

  const checked = await placed(3);
  await shop.stock.accepts(checked);
  await shop.service.until('it is checked', async () => (await shop.order(checked.id)).check === 'ASKED');
  await post(`/orders/${checked.id}/check`, { decision: 'refuse', code: 'credit-limit', reason: 'too much is open' });
  await shop.stock.releases(checked);
  await shop.becomes(checked.id, 'FAILED');

  const cancelled = await placed();
  await post(`/orders/${cancelled.id}/cancel`);
  await shop.stock.releases(cancelled);
  await shop.becomes(cancelled.id, 'CANCELLED');

  const sold = await shop.completed(asked());
  const refund = (await post(`/orders/${sold.id}/refunds`, { amount: 1, reason: 'broken' })) as Refund;
  await shop.refunds.pays(sold, refund);
  await shop.becomes(sold.id, 'PARTIALLY_REFUNDED');
  const { refundId } = refund;
  await say(sold.id, 'PAYMENT_REFUND_RETURNED', { paymentId: refundId, refundId, amount: 1, reason: 'closed' });
  await shop.becomes(sold.id, 'COMPLETED');
  const dispute = { paymentId: newId(), disputeId: 'dp_1', amount: 500, withheldAmount: 500, reason: 'fraudulent' };
  await say(sold.id, 'PAYMENT_DISPUTED', dispute);
  await shop.service.publish('order-event', 'PAYMENT_DISPUTE_CLOSED', sold.id, {
    ...dispute,
    withheldAmount: 0,
    outcome: 'WON',
  } as never);
  await shop.service.until(
    'the dispute is over',
    async () => (await shop.order(sold.id)).disputes[0]?.status === 'WON',
  );
}

async function commandOf({ id }: Order): Promise<string> {
  const sent = (await shop.service.emitted('reservation-event')).find(({ orderId }) => orderId === id);
  return sent?.payload.commandId ?? '';
}

async function post(path: string, body?: object): Promise<unknown> {
  const token = await shop.service.token(
    path.endsWith('cancel') ? 'alice' : 'boss',
    path.endsWith('cancel') ? 'customer' : 'admin',
  );
  const headers = { 'idempotency-key': randomUUID() };
  return (await shop.service.call('POST', path, { token, headers, ...(body && { body }) })).body;
}

test.each(EVENT_TYPE_FACTS['order-lifecycle-event'])(
  '$type has every field that its contract has',
  ({ type, about }) => {
    expect([...(seen.get(type) ?? [])].toSorted()).toEqual(Object.keys(about.example as object).toSorted());
  },
);
