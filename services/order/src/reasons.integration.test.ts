import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId, orderSchema, type Order, type OrderStatus, type ReasonCode } from '@outrider/contracts';
import { commandIdOf, refundCommandIdOf } from './domain/saga-command.js';
import { openShop, type Product, type Shop } from './testing/shop.js';

/** What a provider says: parameters, ids, sentences. */
const SPOKEN = ['amount_too_small', 'payment_method_data[card]', 'req_7Kx', 'Your card was lost'];
const WORDS = SPOKEN.join(' ');

/** An answer, as far as these tests look into it. */
interface Seen {
  readonly data: readonly object[];
}

describe('why an order failed', () => {
  let shop: Shop;
  let thing: Product;
  let other: Product;

  beforeAll(async () => {
    shop = await openShop();
    [thing, other] = [await shop.product({ price: 250 }), await shop.product({ price: 100 })];
  });
  afterAll(() => shop.service.close());

  const items = () => [
    { productId: thing.id, quantity: 2 },
    { productId: other.id, quantity: 1 },
    { productId: thing.id, quantity: 3 },
  ];
  const order = (): Promise<Order> => shop.placed({ items: items() });
  const says = (type: string, { id }: Order, payload: object): Promise<string> =>
    (shop.service.publish as (...args: unknown[]) => Promise<string>)('order-event', type, id, payload);
  const unpaid = async (placed: Order, more: object): Promise<void> => {
    await shop.stock.accepts(placed);
    const commandId = commandIdOf(placed.id, 'PAYMENT_CREATE_REQUEST');
    await says('PAYMENT_CREATION_FAILED', placed, { commandId, reason: WORDS, ...more });
    await shop.stock.releases(placed);
    await shop.money.releases(placed);
  };

  /** Everything that a role sees of an order, by the path it is read from. */
  async function views({ id }: Order, role: 'admin' | 'customer'): Promise<Record<string, Seen>> {
    const token = await shop.service.token('alice', role);
    const paths = [`/orders/${id}`, '/orders?limit=200', `/orders/${id}/timeline`, `/orders/${id}/refunds`];
    const answers = await Promise.all(paths.map((path) => shop.service.call('GET', path, { token })));
    return Object.fromEntries(answers.map(({ body }, n) => [paths[n]!, body]));
  }
  const published = async ({ id }: Order) =>
    (await shop.service.emitted('order-lifecycle-event')).filter(({ orderId }) => orderId === id);

  test('out of stock: the products that were short, with the pieces that were wanted', async () => {
    const placed = await order();
    const commandId = commandIdOf(placed.id, 'RESERVATION_CREATE_REQUEST');
    const lines = [items()[0], items()[2]];
    await says('RESERVATION_CREATION_FAILED', placed, { commandId, reason: 'OUT_OF_STOCK', lines });
    const shortages = [{ productId: thing.id, quantity: 5 }];
    await shop.becomes(placed.id, 'FAILED');
    const seen = await views(placed, 'customer');
    expect(orderSchema.parse(seen[`/orders/${placed.id}`])).toMatchObject({ reason: 'out-of-stock', shortages });
    expect(seen['/orders?limit=200']?.data[0]).toMatchObject({ id: placed.id, reason: 'out-of-stock', shortages });
    expect((await published(placed)).at(-1)).toMatchObject({
      eventType: 'ORDER_FAILED',
      payload: { status: 'FAILED', reason: 'out-of-stock', shortages },
    });
  });

  test.each<[string, object, ReasonCode]>([
    ['with a code', { code: 'insufficient-funds' }, 'insufficient-funds'],
    ['with a code that is not known here', { code: 'card-eaten' }, 'payment-failed'],
    ['without a code, as older versions say it', {}, 'payment-failed'],
  ])('a payment that was refused %s: the code for the customer, the words for admins', async (_, more, reason) => {
    const placed = await order();
    await unpaid(placed, more);
    await shop.becomes(placed.id, 'PAYMENT_FAILED');
    const seen = await views(placed, 'customer');
    expect(seen[`/orders/${placed.id}`]).toMatchObject({ reason, shortages: [] });
    expect(seen[`/orders/${placed.id}/timeline`]?.data.at(-1)).toMatchObject({ reason });
    expect((await published(placed)).at(-1)).toMatchObject({ eventType: 'ORDER_FAILED', payload: { reason } });
    const all = await views(placed, 'admin');
    expect(all[`/orders/${placed.id}`]).toMatchObject({ reason, reasonDetail: WORDS });
    expect(all[`/orders/${placed.id}/timeline`]?.data[2]).toMatchObject({ reason, reasonDetail: WORDS });
  });

  test('the lifecycle event of a cancelled order has its reason', async () => {
    const placed = await order();
    const token = await shop.service.token('alice', 'customer');
    await shop.service.call('POST', `/orders/${placed.id}/cancel`, { token });
    await shop.stock.releases(placed);
    await shop.becomes(placed.id, 'CANCELLED');
    expect((await published(placed)).at(-1)).toMatchObject({ payload: { status: 'CANCELLED', reason: 'cancelled' } });
  });

  test('no customer and no lifecycle event ever shows what was said in other words', async () => {
    const refused = await order();
    await unpaid(refused, { code: 'card-declined' });
    const uncaptured = await order();
    await shop.stock.accepts(uncaptured);
    await shop.money.accepts(uncaptured);
    await shop.stock.confirms(uncaptured);
    const confirm = { commandId: commandIdOf(uncaptured.id, 'PAYMENT_CONFIRM_REQUEST'), reason: WORDS };
    await says('PAYMENT_CONFIRM_FAILED', uncaptured, confirm);
    await shop.stock.releases(uncaptured);
    await shop.money.releases(uncaptured);
    const unsold = await order();
    await shop.stock.accepts(unsold);
    await shop.money.accepts(unsold);
    const sell = { commandId: commandIdOf(unsold.id, 'RESERVATION_CONFIRM_REQUEST'), reason: WORDS };
    await says('RESERVATION_CONFIRM_FAILED', unsold, sell);
    await shop.stock.releases(unsold);
    await shop.money.releases(unsold);
    const unrefunded = await shop.completed({ items: items() });
    const { body: refund } = await shop.service.call('POST', `/orders/${unrefunded.id}/refunds`, {
      token: await shop.service.token('boss', 'admin'),
      headers: { 'idempotency-key': randomUUID() },
      body: { amount: 1, reason: WORDS },
    });
    expect(refund).toMatchObject({ reason: WORDS });
    const { refundId } = refund;
    const commandId = refundCommandIdOf(refundId, 'PAYMENT_REFUND_REQUEST');
    await says('PAYMENT_REFUND_FAILED', unrefunded, { commandId, refundId, reason: WORDS });
    const ends: [Order, OrderStatus][] = [
      [refused, 'PAYMENT_FAILED'],
      [uncaptured, 'PAYMENT_FAILED'],
      [unsold, 'FAILED'],
      [unrefunded, 'COMPLETED'],
    ];
    for (const [one, status] of ends) {
      await shop.becomes(one.id, status);
      expect(JSON.stringify(await views(one, 'admin'))).toContain(WORDS);
      const customers = JSON.stringify([await views(one, 'customer'), await published(one)]);
      for (const word of SPOKEN) expect(customers).not.toContain(word);
    }
    const own = await views(unrefunded, 'customer');
    expect(own[`/orders/${unrefunded.id}/refunds`]?.data).toMatchObject([
      { refundId, status: 'FAILED', failure: 'refund-failed' },
    ]);
  });

  test('rows of versions before the codes are shown by code, while open and when they have ended', async () => {
    const { service } = shop;
    const placed = await order();
    await shop.stock.accepts(placed);
    await shop.money.refuses(placed);
    await shop.becomes(placed.id, 'COMPENSATING');
    // as the older version, which knows the column alone, writes it
    await service.sql('UPDATE saga SET reason=$2, reason_detail=NULL WHERE order_id=$1', [placed.id, 'expired_card']);
    await service.sql(
      `UPDATE saga_timeline SET reason=$2, reason_detail=NULL WHERE order_id=$1 AND input='PAYMENT_CREATION_FAILED'`,
      [placed.id, 'expired_card'],
    );
    const open = await views(placed, 'customer');
    expect(open[`/orders/${placed.id}`]).toMatchObject({ status: 'COMPENSATING', reason: 'card-expired' });
    expect(open[`/orders/${placed.id}/timeline`]?.data[2]).toMatchObject({ reason: 'card-expired' });
    await shop.stock.releases(placed);
    await shop.money.releases(placed);
    const ended = await shop.becomes(placed.id, 'PAYMENT_FAILED');
    expect(ended).toMatchObject({ reason: 'card-expired', reasonDetail: 'expired_card' });
    expect((await published(placed)).at(-1)).toMatchObject({ payload: { reason: 'card-expired' } });

    const sold = await shop.completed({ items: items() });
    await service.sql(
      `INSERT INTO refund(id, order_id, requested_by, idempotency_key, amount, restock, reason, status, failure, created_at, updated_at)
       VALUES ($1, $2, 'boss', 'a key', 1, false, 'broken', 'FAILED', 'charge_disputed (req_9)', now(), now())`,
      [newId(), sold.id],
    );
    const path = `/orders/${sold.id}/refunds`;
    const customers = (await views(sold, 'customer'))[path]?.data;
    expect(customers).toMatchObject([{ failure: 'refund-failed' }]);
    expect(JSON.stringify(customers)).not.toMatch(/req_9|broken/u);
    expect((await views(sold, 'admin'))[path]?.data).toMatchObject([
      { failure: 'refund-failed', failureDetail: 'charge_disputed (req_9)', reason: 'broken' },
    ]);
  });
});
