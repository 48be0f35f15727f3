import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Order } from '@outrider/contracts';
import { commandIdOf } from './domain/saga-command.js';
import { orderServiceWith } from './order.module.js';
import type { CheckAnswer, CheckedOrder, OrderCheck } from './policies/order-check.js';
import { openShop, type Product, type Shop } from './testing/shop.js';

type Placed = Pick<Order, 'id' | 'total'>;

let shop: Shop;
let admin: string;
let customer: string;
let tea: Product;

/** Orders of two pieces and more are checked. */
const concerns = ({ lines }: CheckedOrder): boolean => lines.some(({ quantity }) => quantity >= 2);

async function open(check: OrderCheck, env: Readonly<Record<string, string>> = {}): Promise<void> {
  shop = await openShop(env, {}, orderServiceWith({ check }));
  admin = await shop.service.token('boss', 'admin');
  customer = await shop.service.token('alice', 'customer');
  tea = await shop.product({ price: 250 });
}

const place = (quantity: number): Promise<Order> => shop.placed({ items: [{ productId: tea.id, quantity }] });

/** An order of two pieces whose stock is reserved. */
async function reserved(): Promise<Order> {
  const order = await place(2);
  await shop.stock.accepts(order);
  return order;
}

/** Waits until the order shows this state of its check. */
async function shows(order: Placed, check: Order['check']): Promise<Order> {
  await shop.service.until(`the check is ${check}`, async () => (await shop.order(order.id)).check === check);
  return shop.order(order.id);
}

const decide = (order: Placed, body: object, token = admin) =>
  shop.service.call('POST', `/orders/${order.id}/check`, { token, body });
const timeline = async (order: Placed) =>
  (await shop.service.call('GET', `/orders/${order.id}/timeline`, { token: admin })).body.data as {
    input: string;
    step: string;
    reason: string | null;
    reasonDetail?: string;
  }[];
const inReview = async (token = admin) => shop.service.call('GET', '/orders?check=REVIEW', { token });

describe('a program of the shop’s own answers by events', () => {
  beforeAll(() => open({ concerns }));
  afterAll(() => shop.service.close());

  const answers = (order: Placed, type: 'CHECK_PASSED' | 'CHECK_REFUSED' | 'CHECK_REVIEW', more: object = {}) =>
    (shop.service.publish.bind(shop.service, 'check-answer-event') as (...event: unknown[]) => Promise<string>)(
      type,
      order.id,
      {
        commandId: commandIdOf(order.id, 'CHECK_REQUESTED'),
        ...more,
      },
    );

  test('is asked once the stock is reserved, with what it needs to know', async () => {
    const order = await shop.placed({
      items: [{ productId: tea.id, quantity: 2 }],
      more: { reference: 'mine', metadata: { gift: 'yes' } },
    });
    expect(await shop.order(order.id)).toMatchObject({ status: 'CREATED', check: 'DUE' });
    await shop.stock.accepts(order);
    await shows(order, 'ASKED');
    const [asked] = (await shop.service.emitted('check-event')).filter(({ orderId }) => orderId === order.id);
    expect(asked).toMatchObject({
      eventType: 'CHECK_REQUESTED',
      payload: {
        customerId: 'alice',
        reference: 'mine',
        lines: [{ productId: tea.id, sku: tea.sku, quantity: 2, unitPrice: 250 }],
        adjustments: [],
        total: 500,
        currency: 'EUR',
        metadata: { gift: 'yes' },
      },
    });
    expect(await shop.sent(order.id)).not.toContain('PAYMENT_CREATE_REQUEST');
  });

  test('passes an order: it is paid and sold', async () => {
    const order = await reserved();
    await shows(order, 'ASKED');
    await answers(order, 'CHECK_PASSED');
    await shop.becomes(order.id, 'PAYING');
    await shop.money.accepts(order);
    await shop.stock.confirms(order);
    await shop.money.confirms(order);
    expect(await shop.becomes(order.id, 'COMPLETED')).toMatchObject({ check: 'PASSED', reason: null });
    await answers(order, 'CHECK_REFUSED', { code: 'too-late' });
    await answers(order, 'CHECK_PASSED');
    const other = await place(1);
    await shop.stock.accepts(other);
    await shop.becomes(other.id, 'PAYING');
    expect(await shop.order(order.id)).toMatchObject({ status: 'COMPLETED', check: 'PASSED' });
  });

  test('refuses an order: its stock is released, payment is never asked, and everyone sees the shop’s code', async () => {
    const order = await reserved();
    await shows(order, 'ASKED');
    await answers(order, 'CHECK_REFUSED', { code: 'credit-limit', reason: '20.80 EUR are open' });
    await shop.becomes(order.id, 'COMPENSATING');
    await shop.stock.releases(order);
    const failed = await shop.becomes(order.id, 'FAILED');
    expect(failed).toMatchObject({
      reason: 'check-refused',
      reasonDetail: '20.80 EUR are open',
      checkCode: 'credit-limit',
      check: 'REFUSED',
    });
    const own = (await shop.service.call('GET', `/orders/${order.id}`, { token: customer })).body;
    expect(own).toMatchObject({ reason: 'check-refused', checkCode: 'credit-limit' });
    expect(own).not.toHaveProperty('check');
    expect(own).not.toHaveProperty('reasonDetail');
    expect((await shop.sent(order.id)).filter((type) => type.startsWith('PAYMENT_'))).toEqual([]);
    const events = await shop.service.emitted('order-lifecycle-event');
    const ended = events.find(({ orderId, eventType }) => orderId === order.id && eventType === 'ORDER_FAILED');
    expect(ended?.payload).toMatchObject({ status: 'FAILED', reason: 'check-refused', checkCode: 'credit-limit' });
  });

  test('an order that is not to be checked is paid at once', async () => {
    const order = await place(1);
    await shop.stock.accepts(order);
    const paying = await shop.becomes(order.id, 'PAYING');
    expect(paying).not.toHaveProperty('check');
  });

  describe('leaves it to a person', () => {
    let order: Order;
    beforeEach(async () => {
      order = await reserved();
      await shows(order, 'ASKED');
      await answers(order, 'CHECK_REVIEW', { reason: 'a new customer' });
      await shows(order, 'REVIEW');
    });

    test('who finds it in the list of orders, and whose stock is kept meanwhile', async () => {
      const { body } = await inReview();
      expect((body.data as Order[]).map(({ id }) => id)).toContain(order.id);
      expect((await inReview(customer)).status).toBe(403);
      expect(await shop.sent(order.id)).toContain('RESERVATION_EXTEND_REQUEST');
      expect(await shop.order(order.id)).toMatchObject({ status: 'CREATED' });
    });

    test('who passes it, once, and the timeline says who and why', async () => {
      const passing = { decision: 'pass', reason: 'has called' };
      expect(await decide(order, passing)).toMatchObject({ status: 200, body: { status: 'PAYING', check: 'PASSED' } });
      expect(await decide(order, passing)).toMatchObject({ status: 200, body: { check: 'PASSED' } });
      const entries = await timeline(order);
      expect(entries.filter(({ input }) => input === 'CHECK_DECIDED')).toMatchObject([
        { step: 'AUTHORIZING', reason: null, reasonDetail: 'passed by person:boss: has called' },
      ]);
      expect((await shop.sent(order.id)).filter((type) => type === 'PAYMENT_CREATE_REQUEST')).toHaveLength(1);
      expect((await inReview()).body.data.map(({ id }: Order) => id)).not.toContain(order.id);
      expect(await decide(order, { decision: 'refuse', code: 'changed-my-mind', reason: 'r' })).toMatchObject({
        status: 409,
        body: { type: '/problems/check-not-open' },
      });
    });

    test('who refuses it, with the shop’s code', async () => {
      const refusing = { decision: 'refuse', code: 'address-unknown', reason: 'no such street' };
      expect(await decide(order, refusing)).toMatchObject({
        status: 200,
        body: {
          status: 'COMPENSATING',
          reason: 'check-refused',
          reasonDetail: 'refused by person:boss: no such street',
          checkCode: 'address-unknown',
        },
      });
    });

    test.each<[string, object, string | undefined]>([
      ['without a reason', { decision: 'pass' }, undefined],
      ['without a code', { decision: 'refuse', reason: 'r' }, undefined],
      ['with a code that is none', { decision: 'refuse', code: 'No Code', reason: 'r' }, undefined],
      ['that is none', { decision: 'perhaps', reason: 'r' }, undefined],
    ])('a decision %s is refused, and nothing changes', async (_, body) => {
      expect(await decide(order, body)).toMatchObject({ status: 400, body: { type: '/problems/malformed' } });
      expect(await shop.order(order.id)).toMatchObject({ check: 'REVIEW' });
    });

    test('who must be an admin', async () => {
      expect(await decide(order, { decision: 'pass', reason: 'mine' }, customer)).toMatchObject({ status: 403 });
    });

    test('and the customer may still cancel it: then it waits for nobody', async () => {
      await shop.service.call('POST', `/orders/${order.id}/cancel`, { token: customer });
      await shop.stock.releases(order);
      const cancelled = await shop.becomes(order.id, 'CANCELLED');
      expect(cancelled).not.toHaveProperty('check');
      expect((await inReview()).body.data.map(({ id }: Order) => id)).not.toContain(order.id);
      expect(await decide(order, { decision: 'pass', reason: 'r' })).toMatchObject({ status: 409 });
      await answers(order, 'CHECK_PASSED');
      expect(await shop.order(order.id)).toMatchObject({ status: 'CANCELLED' });
    });
  });

  test('an order that the version before accepted, which knows no checks, is paid at once', async () => {
    const order = await place(2);
    await shop.service.sql('UPDATE saga SET check_state=NULL WHERE order_id=$1', [order.id]);
    await shop.stock.accepts(order);
    expect(await shop.becomes(order.id, 'PAYING')).not.toHaveProperty('check');
  });

  test('whatever a process takes an order for, the database lets none be paid before its check has passed', async () => {
    const order = await reserved();
    await shows(order, 'ASKED');
    const skip = `UPDATE saga SET step='AUTHORIZING', status='PAYING', payment_asked=true WHERE order_id=$1`;
    await expect(shop.service.sql(skip, [order.id])).rejects.toThrow('saga_is_paid_after_its_check');
    const sell = `UPDATE saga SET step='DONE', status='COMPLETED', outcome='COMPLETED', stock_command_id=NULL WHERE order_id=$1`;
    await expect(shop.service.sql(sell, [order.id])).rejects.toThrow('saga_is_paid_after_its_check');
  });
});

describe('a check that does not say whether it concerns an order', () => {
  afterEach(() => shop.service.close());

  test.each([
    ['a promise', async () => false],
    ['nothing', () => undefined],
    ['a word', () => 'no'],
  ])('has it refused, not sold unchecked: %s', async (_what, says) => {
    await open({ concerns: says as unknown as OrderCheck['concerns'] }, { LOG_LEVEL: 'silent' });
    const body = { items: [{ productId: tea.id, quantity: 1 }], currency: 'EUR', paymentMethod: 'pm_card' };
    const refused = await shop.service.call('POST', '/orders', {
      token: customer,
      body,
      headers: { 'idempotency-key': 'k' },
    });
    expect(refused.status).toBe(500);
    expect(await shop.service.sql('SELECT FROM orders')).toHaveLength(0);
  });
});

describe('clocks of a check', () => {
  afterAll(() => shop.service.close());

  test('a check that does not answer is asked again, and ends the order at its deadline', async () => {
    await open({ concerns }, { CHECKING_DEADLINE_MS: '2500', COMMAND_RETRY_FIRST_MS: '400' });
    const order = await reserved();
    await shop.becomes(order.id, 'COMPENSATING');
    expect(await shop.order(order.id)).toMatchObject({
      reason: 'check-timeout',
      reasonDetail: 'the check did not answer in time',
    });
    const asked = (await shop.service.emitted('check-event')).filter(({ orderId }) => orderId === order.id);
    expect(asked.length).toBeGreaterThan(1);
    expect(new Set(asked.map(({ payload }) => payload.commandId)).size).toBe(1);
    expect(new Set(asked.map(({ eventId }) => eventId)).size).toBe(asked.length);
    await shop.stock.releases(order);
    await shop.becomes(order.id, 'FAILED');
  });
});

describe('a function of the shop’s own answers', () => {
  const asked: CheckedOrder[] = [];
  let answer: (order: CheckedOrder, signal: AbortSignal) => Promise<CheckAnswer>;
  beforeAll(() =>
    open(
      {
        concerns,
        ask: (order, signal) => {
          asked.push(order);
          return answer(order, signal);
        },
      },
      { COMMAND_RETRY_FIRST_MS: '300', CHECK_TIMEOUT_MS: '500' },
    ),
  );
  afterAll(() => shop.service.close());
  beforeEach(() => void asked.splice(0));

  test.each<[CheckAnswer, Partial<Order>]>([
    [{ verdict: 'pass' }, { status: 'PAYING', check: 'PASSED' }],
    [
      { verdict: 'refuse', code: 'under-age', reason: 'born in 2015' },
      { status: 'COMPENSATING', check: 'REFUSED', checkCode: 'under-age', reasonDetail: 'born in 2015' },
    ],
    [
      { verdict: 'review', reason: 'look at it' },
      { status: 'CREATED', check: 'REVIEW' },
    ],
  ])('%j', async (given, expected) => {
    answer = async () => given;
    const order = await reserved();
    await shows(order, expected.check);
    expect(await shop.order(order.id)).toMatchObject(expected);
    expect(asked[0]).toMatchObject({
      order: { id: order.id, customerId: 'alice', total: 500 },
      lines: [{ productId: tea.id, quantity: 2 }],
    });
    // it is a function, and no program is asked
    expect(await shop.sent(order.id)).not.toContain('CHECK_REQUESTED');
  });

  test.each<[string, () => Promise<CheckAnswer>]>([
    ['throws', () => Promise.reject(new Error('its server is away'))],
    ['answers nonsense', async () => ({ verdict: 'maybe' }) as never],
    ['does not answer, nor heed its signal', () => new Promise(() => undefined)],
  ])('a function that %s is asked again', async (_, failing) => {
    const called = new Map<string, number>();
    answer = async ({ order: { id } }) => {
      const before = called.get(id) ?? 0;
      called.set(id, before + 1);
      return before === 0 ? failing() : { verdict: 'pass' };
    };
    const order = await reserved();
    await shop.becomes(order.id, 'PAYING');
    expect(called.get(order.id)).toBe(2);
    const metrics = await (await fetch(`${shop.service.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(/order_check_calls_total\{result="failed"\} [1-9]/u);
  });

  test('it is called outside any transaction: an order that is being asked about can be cancelled', async () => {
    let release: (() => void) | undefined;
    answer = async () => {
      await new Promise<void>((resolve) => (release = resolve));
      return { verdict: 'pass' };
    };
    const order = await reserved();
    await shop.service.until('it is asked', async () => release !== undefined);
    const cancelling = await shop.service.call('POST', `/orders/${order.id}/cancel`, { token: customer });
    expect(cancelling.status).toBe(202);
    release?.();
    await sleep(50);
    expect(await shop.order(order.id)).toMatchObject({ status: 'CANCELLING' });
  });

  test('what a process had not answered when it ended, another asks', async () => {
    answer = () => new Promise(() => undefined);
    const order = await reserved();
    await shop.service.until('it is asked', async () => asked.length > 0);
    await shop.service.replica();
    answer = async () => ({ verdict: 'pass' });
    await shop.becomes(order.id, 'PAYING');
  });
});
