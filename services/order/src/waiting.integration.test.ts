import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { newId, type Order } from '@outrider/contracts';
import type { CallResult, TestService } from '@outrider/service-kit/testing';
import { until } from '@outrider/testkit';
import { commandIdOf } from './domain/saga-command.js';
import { AwaitedOrders } from './queries/awaited-orders.js';
import { openShop, type Product, type Shop } from './testing/shop.js';

const LONG_MS = 20_000;
/** Well below it: who is answered within this was told, and did not wait until its time was over. */
const TOLD_WITHIN_MS = 12_000;

interface Asked {
  readonly answer: Promise<CallResult>;
  readonly isAnswered: () => boolean;
}

describe('a request that waits for an order', () => {
  let shop: Shop;
  let thing: Product;
  beforeAll(async () => {
    shop = await openShop();
    thing = await shop.product();
  });
  afterAll(() => shop.service.close());

  const order = (): Promise<Order> => shop.placed({ items: [{ productId: thing.id, quantity: 1 }] });

  async function read(
    { id }: Pick<Order, 'id'>,
    query: string,
    { via = shop.service, customer = 'alice' }: { via?: TestService; customer?: string } = {},
  ): Promise<Asked> {
    let answered = false;
    const token = await shop.service.token(customer, 'customer');
    const answer = via.call('GET', `/orders/${id}?${query}`, { token });
    void answer.then(() => (answered = true));
    return { answer, isAnswered: () => answered };
  }

  const told = ({ isAnswered, answer }: Asked): Promise<CallResult> =>
    until('the request is answered', isAnswered, TOLD_WITHIN_MS).then(() => answer);

  async function playThrough(placed: Order): Promise<void> {
    await shop.stock.accepts(placed);
    await shop.money.accepts(placed);
    await shop.stock.confirms(placed);
    await shop.money.confirms(placed);
  }

  const mustAct = (placed: Order) =>
    shop.service.publish('order-event', 'PAYMENT_ACTION_REQUIRED', placed.id, {
      commandId: commandIdOf(placed.id, 'PAYMENT_CREATE_REQUEST'),
      paymentId: newId(),
      redirectUrl: 'https://bank.example/3ds',
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    });

  test('is answered when the order has ended, and not before, though no look is made', async () => {
    const look = jest.spyOn(shop.service.app.get(AwaitedOrders), 'look').mockResolvedValue();
    try {
      const placed = await order();
      const asked = await read(placed, `wait_ms=${LONG_MS}`);
      await shop.stock.accepts(placed);
      await shop.becomes(placed.id, 'PAYING');
      expect(asked.isAnswered()).toBe(false);
      await playThrough(placed);
      const { status, body } = await told(asked);
      expect(status).toBe(200);
      expect(body).toMatchObject({ status: 'COMPLETED', version: 5 });
    } finally {
      look.mockRestore();
    }
  });

  test('is answered by every replica, whichever handled the order', async () => {
    const replica = await shop.service.replica();
    for (let n = 0; n < 3; n += 1) {
      const placed = await order();
      const asked = await Promise.all(
        [shop.service, replica].map((via) => read(placed, `wait_ms=${LONG_MS}`, { via })),
      );
      await playThrough(placed);
      for (const one of asked) expect((await told(one)).body).toMatchObject({ status: 'COMPLETED' });
    }
    await replica.close();
  });

  test('is answered when the customer must act, once, and then when the order has ended', async () => {
    const placed = await order();
    const first = await read(placed, `wait_ms=${LONG_MS}`);
    await shop.stock.accepts(placed);
    await mustAct(placed);
    const { body } = await told(first);
    expect(body).toMatchObject({ status: 'PAYING', action: { redirectUrl: 'https://bank.example/3ds' } });
    const again = await read(placed, `wait_ms=${LONG_MS}`);
    expect((await told(again)).body).toEqual(body);
    const next = await read(placed, `wait_ms=${LONG_MS}&after_version=${body.version}`);
    const none = await read(placed, `wait_ms=50&after_version=${body.version}`);
    expect((await told(none)).body).toEqual(body);
    expect(next.isAnswered()).toBe(false);
    await shop.money.accepts(placed);
    await shop.stock.confirms(placed);
    await shop.money.confirms(placed);
    expect((await told(next)).body).toMatchObject({ status: 'COMPLETED', action: null });
  });

  test('is answered by cancelling, and by an order that fails', async () => {
    const [cancelled, failed] = [await order(), await order()];
    const asked = [await read(cancelled, `wait_ms=${LONG_MS}`), await read(failed, `wait_ms=${LONG_MS}`)];
    const token = await shop.service.token('alice', 'customer');
    expect((await shop.service.call('POST', `/orders/${cancelled.id}/cancel`, { token })).status).toBe(202);
    await shop.stock.releases(cancelled);
    await shop.stock.refuses(failed);
    const [first, second] = await Promise.all(asked.map(told));
    expect(first?.body).toMatchObject({ status: 'CANCELLED' });
    expect(second?.body).toMatchObject({ status: 'FAILED', reason: 'out-of-stock' });
  });

  test('does not wait for an order that has ended, or that its caller may not see, or that there is not', async () => {
    const placed = await shop.completed({ items: [{ productId: thing.id, quantity: 1 }] });
    expect((await told(await read(placed, `wait_ms=${LONG_MS}`))).body).toEqual(placed);
    expect((await told(await read(placed, `wait_ms=${LONG_MS}`, { customer: 'mallory' }))).status).toBe(404);
    const open = await order();
    expect((await told(await read(open, `wait_ms=${LONG_MS}`, { customer: 'mallory' }))).status).toBe(404);
    expect((await told(await read({ id: newId() }, `wait_ms=${LONG_MS}`))).status).toBe(404);
  });

  test('is answered as the order stands when the time is over', async () => {
    const placed = await order();
    for (const query of ['wait_ms=0', 'wait_ms=30', 'after_version=7']) {
      const { status, body } = await (await read(placed, query)).answer;
      expect({ status, body }).toEqual({ status: 200, body: placed });
    }
  });

  test.each([
    'wait_ms=20001',
    'wait_ms=-1',
    'wait_ms=1e3',
    'wait_ms=',
    'wait_ms=1&wait_ms=2',
    'after_version=x',
    'wait=1',
  ])('is refused for %s', async (query) => {
    const { status, body } = await (await read(await order(), query)).answer;
    expect(status).toBe(400);
    expect(body.errors).toHaveLength(1);
  });

  test('waits no longer when its caller has gone', async () => {
    const awaited = shop.service.app.get(AwaitedOrders);
    const placed = await order();
    const authorization = `Bearer ${await shop.service.token('alice', 'customer')}`;
    const caller = new AbortController();
    const asked = fetch(`${shop.service.url}/orders/${placed.id}?wait_ms=${LONG_MS}`, {
      headers: { authorization },
      signal: caller.signal,
    });
    await until('it waits', () => awaited.size === 1);
    caller.abort();
    await expect(asked).rejects.toThrow('aborted');
    await until('it waits no longer', () => awaited.size === 0, TOLD_WITHIN_MS);
  });

  test('does not hold up a process that stops', async () => {
    const replica = await shop.service.replica();
    const placed = await order();
    const asked = await read(placed, `wait_ms=${LONG_MS}`, { via: replica });
    await until('it waits', () => replica.app.get(AwaitedOrders).size === 1);
    const closed = replica.close();
    expect((await told(asked)).body).toEqual(placed);
    await closed;
  });

  test('is not counted as a slow answer', async () => {
    const took = async (): Promise<number> => {
      const text = await (await fetch(`${shop.service.adminUrl}/metrics`)).text();
      const line =
        /^http_request_duration_seconds_sum\{route="\/orders\/:id",method="GET",status="200"[^}]*\} (\S+)$/mu;
      return Number(line.exec(text)?.[1]);
    };
    const placed = await order();
    const before = await took();
    const waitMs = 5_000;
    await (
      await read(placed, `wait_ms=${waitMs}`)
    ).answer;
    const seconds = (await took()) - before;
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(waitMs / 1_000);
  });
});
