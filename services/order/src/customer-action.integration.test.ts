import { afterEach, describe, expect, test } from '@jest/globals';
import { newId, type Order } from '@outrider/contracts';
import { commandIdOf } from './domain/saga-command.js';
import { openShop, type Product, type Shop } from './testing/shop.js';

const LONG = '600000';
const HOUR = 3_600_000;

/** Times are short enough to be seen passing; what must not happen by itself is far away. */
const TIMES = {
  RESERVING_DEADLINE_MS: LONG,
  AUTHORIZING_DEADLINE_MS: '1000',
  COMMAND_RETRY_FIRST_MS: LONG,
  COMMAND_RETRY_LONGEST_MS: LONG,
};

describe('an order whose customer must act', () => {
  let shop: Shop;
  let thing: Product;
  afterEach(() => shop.service.close());

  async function open(env: Readonly<Record<string, string>> = {}): Promise<void> {
    shop = await openShop({ ...TIMES, ...env });
    thing = await shop.product();
  }
  const order = (): Promise<Order> => shop.placed({ items: [{ productId: thing.id, quantity: 1 }] });
  const reserved = ({ id }: Order) => ({
    type: 'RESERVATION_CREATION_SUCCEEDED' as const,
    key: id,
    payload: {
      commandId: commandIdOf(id, 'RESERVATION_CREATE_REQUEST'),
      reservationId: newId(),
      expiresAt: new Date().toISOString(),
    },
  });
  const asked = ({ id }: Order, until: number) => ({
    type: 'PAYMENT_ACTION_REQUIRED' as const,
    key: id,
    payload: {
      commandId: commandIdOf(id, 'PAYMENT_CREATE_REQUEST'),
      paymentId: newId(),
      redirectUrl: 'https://bank.example/3ds',
      expiresAt: new Date(until).toISOString(),
    },
  });
  const extensions = async ({ id }: Order) =>
    (await shop.service.emitted('reservation-event')).flatMap((event) =>
      event.orderId === id && event.eventType === 'RESERVATION_EXTEND_REQUEST' ? [event.payload] : [],
    );
  const shows = (placed: Order, expiresAt: number) =>
    shop.service.until('it shows what to do', async () => {
      const { action } = await shop.order(placed.id);
      return action?.expiresAt === new Date(expiresAt).toISOString();
    });

  test('F46 waits longer than for any other payment, asks for its stock to be kept, and completes when the customer acts late', async () => {
    await open();
    const [waiting, other] = [await order(), await order()];
    const until = Date.now() + HOUR;
    // in one batch, so that both clocks begin together
    await shop.service.publishAll('order-event', [reserved(waiting), asked(waiting, until)]);
    await shop.stock.accepts(other);
    await shop.becomes(other.id, 'COMPENSATING');
    expect(await shop.order(waiting.id)).toMatchObject({
      status: 'PAYING',
      action: { redirectUrl: expect.any(String) },
    });
    const kept = await extensions(waiting);
    expect(kept).toEqual([
      { commandId: commandIdOf(waiting.id, 'RESERVATION_EXTEND_REQUEST'), until: expect.any(String) },
    ]);
    expect(Date.parse(kept[0]!.until)).toBeGreaterThan(until);
    await shop.money.accepts(waiting);
    await shop.stock.confirms(waiting);
    await shop.money.confirms(waiting);
    expect(await shop.becomes(waiting.id, 'COMPLETED')).toMatchObject({ action: null });
    expect(await shop.sent(waiting.id)).toEqual([
      'RESERVATION_CREATE_REQUEST',
      'ORDER_PLACED',
      'PAYMENT_CREATE_REQUEST',
      'RESERVATION_EXTEND_REQUEST',
      'RESERVATION_CONFIRM_REQUEST',
      'PAYMENT_CONFIRM_REQUEST',
      'ORDER_COMPLETED',
    ]);
  });

  test('F46 whose customer does not act, and payment does not say so: is given up a margin after the customer’s time', async () => {
    await open({ AUTHORIZING_DEADLINE_MS: '1', CUSTOMER_ACTION_MARGIN_MS: '300' });
    const placed = await order();
    const until = Date.now() + 300;
    await shop.service.publishAll('order-event', [reserved(placed), asked(placed, until)]);
    await shop.becomes(placed.id, 'COMPENSATING');
    await shop.stock.releases(placed);
    await shop.money.releases(placed);
    expect(await shop.becomes(placed.id, 'PAYMENT_FAILED')).toMatchObject({
      reason: 'authentication-timeout',
      action: null,
    });
    const times = await shop.service.sql<{ input: string; at: Date }>(
      'SELECT input, at FROM saga_timeline WHERE order_id=$1 ORDER BY version',
      [placed.id],
    );
    expect(times.map(({ input }) => input).slice(1, 4)).toEqual([
      'RESERVATION_CREATION_SUCCEEDED',
      'PAYMENT_ACTION_REQUIRED',
      'DEADLINE',
    ]);
    expect(times[3]!.at.getTime()).toBeGreaterThanOrEqual(until + 300);
  });

  test('F46 with a provider that gives it a month: is given up after the longest wait', async () => {
    await open({ AUTHORIZING_DEADLINE_MS: '1', CUSTOMER_ACTION_LONGEST_MS: '500' });
    const placed = await order();
    await shop.service.publishAll('order-event', [reserved(placed), asked(placed, Date.now() + 30 * 24 * HOUR)]);
    await shop.becomes(placed.id, 'COMPENSATING');
    expect(Date.parse((await extensions(placed))[0]!.until)).toBeLessThan(Date.now() + HOUR);
  });

  test('F42 asks for its stock again with each retry and each new notice, always by the same command', async () => {
    await open({ AUTHORIZING_DEADLINE_MS: LONG, COMMAND_RETRY_FIRST_MS: '300', COMMAND_RETRY_LONGEST_MS: '300' });
    const placed = await order();
    const until = Date.now() + HOUR;
    await shop.service.publishAll('order-event', [reserved(placed), asked(placed, until)]);
    await shop.service.until('it was asked again', async () => (await extensions(placed)).length > 2);
    expect(new Set((await extensions(placed)).map(({ until: kept }) => kept)).size).toBe(1);
    for (const later of [until + HOUR / 2, until - HOUR / 2]) {
      await shop.service.publishAll('order-event', [asked(placed, later)]);
      await shows(placed, later);
    }
    const kept = await extensions(placed);
    const times = kept.map(({ until: time }) => Date.parse(time));
    // never less than before
    expect(times).toEqual([...times].sort((one, next) => one - next));
    expect(times.at(-1)! - times[0]!).toBe(HOUR / 2);
    expect(new Set(kept.map(({ commandId }) => commandId))).toEqual(
      new Set([commandIdOf(placed.id, 'RESERVATION_EXTEND_REQUEST')]),
    );
    const given = `SELECT 1 FROM saga_command WHERE order_id=$1 AND type='RESERVATION_EXTEND_REQUEST'`;
    expect(await shop.service.sql(given, [placed.id])).toHaveLength(1);
    expect(await shop.service.sql('SELECT * FROM inbox_parked')).toEqual([]);
  });
});
