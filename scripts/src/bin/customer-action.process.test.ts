import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { orderSchema, reservationsSchema, type Order } from '@outrider/contracts';
import { z } from 'zod';
import { call } from '../api/call.js';
import type { UpFile } from '../run/up-file.js';
import { CommandSandbox, type StartedCommand } from '../testing/started-command.js';

jest.setTimeout(180_000);

/** What a customer has, more than order waits and stock is kept by themselves. */
const ACTION_MS = 18_000;
/** From then on all of the others' time is over. */
const LATE_MS = 8_000;
const TIMES = {
  AUTHORIZING_DEADLINE_MS: '5000',
  RESERVATION_EXPIRY_MS: '6000',
  RESERVATION_SCAN_MS: '100',
  SCAN_EVERY_MS: '100',
  PAYMENT_ACTION_MS: String(ACTION_MS),
  PAYMENT_RETRY_LONGEST_MS: '500',
};

let sandbox: CommandSandbox;
let up: StartedCommand;
let services: UpFile['services'];
let tokens: UpFile['tokens'];
/** a second try has its own time */
let signal: AbortSignal;
beforeEach(async () => {
  signal = AbortSignal.timeout(170_000);
  sandbox = await CommandSandbox.make();
  // every customer is asked
  up = sandbox.start('up', ['--payments', 'actions=100'], TIMES);
  ({ services, tokens } = await up.upFile());
});
afterEach(() => sandbox[Symbol.asyncDispose]());

async function product(): Promise<string> {
  const { body } = await call({
    method: 'POST',
    url: `${services.product.url}/products`,
    token: tokens.admin,
    idempotencyKey: randomUUID(),
    body: { sku: randomUUID().slice(0, 8), name: 'A thing', price: 500, currency: 'EUR', initialStock: 10 },
    answer: z.object({ id: z.string() }),
    signal,
  });
  return body.id;
}

/** Placed as soon as order knows the product. */
function placed(productId: string): Promise<Order> {
  const idempotencyKey = randomUUID();
  return up.until('the order was accepted', async () => {
    try {
      const { body } = await call({
        method: 'POST',
        url: `${services.order.url}/orders`,
        token: tokens.customer,
        idempotencyKey,
        body: { items: [{ productId, quantity: 3 }], currency: 'EUR', paymentMethod: 'pm_card' },
        answer: orderSchema,
        signal,
      });
      return body;
    } catch {
      return undefined;
    }
  });
}

const read = async <S extends z.ZodType>(url: string, answer: S): Promise<z.infer<S>> =>
  (await call({ method: 'GET', url, token: tokens.admin, answer, signal })).body;
const order = ({ id }: Order): Promise<Order> => read(`${services.order.url}/orders/${id}`, orderSchema);
const reservation = async ({ id }: Order) =>
  (await read(`${services.inventory.url}/reservations?orderId=${id}`, reservationsSchema)).data[0];
const stock = (productId: string) =>
  read(`${services.inventory.url}/stock/${productId}`, z.object({ onHand: z.int(), available: z.int() }));

const paymentsSchema = z.object({ data: z.array(z.object({ status: z.string(), capturedAmount: z.int() })) });
const payments = async ({ id }: Order) =>
  (await read(`${services.payment.url}/payments?orderId=${id}`, paymentsSchema)).data;

const asked = (one: Order): Promise<string> =>
  up.until('the customer is asked', async () => (await order(one)).action?.redirectUrl);
const ends = (one: Order): Promise<string> =>
  up.until('it has ended', async () => {
    const { status } = await order(one);
    return ['COMPLETED', 'FAILED', 'PAYMENT_FAILED'].includes(status) ? status : undefined;
  });

test('F46 a customer with more time than order and stock wait by themselves: who acts late buys, who does not frees the stock', async () => {
  const thing = await product();
  const [buys, leaves] = await Promise.all([placed(thing), placed(thing)]);
  const [redirectUrl] = await Promise.all([asked(buys), asked(leaves)]);
  // without the customer to wait for, both would have been given up by then
  await up.until('it is late', () => (Date.now() > Date.parse(leaves.createdAt) + LATE_MS ? true : undefined));
  for (const one of [buys, leaves]) {
    expect(await order(one)).toMatchObject({ status: 'PAYING' });
    expect(await reservation(one)).toMatchObject({ status: 'RESERVED' });
  }
  expect(await stock(thing)).toEqual({ onHand: 10, available: 4 });

  const answer = await fetch(redirectUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ outcome: 'approve' }),
  });
  expect(answer.status).toBe(200);
  expect(await ends(buys)).toBe('COMPLETED');
  expect(await reservation(buys)).toMatchObject({ status: 'CONFIRMED' });

  expect(await ends(leaves)).toBe('PAYMENT_FAILED');
  expect(await order(leaves)).toMatchObject({
    reason: 'authentication-timeout',
    reasonDetail: 'the customer did not act in time',
  });
  expect(await reservation(leaves)).toMatchObject({ status: 'RELEASED' });
  expect(await stock(thing)).toEqual({ onHand: 7, available: 7 });
  expect(await payments(buys)).toEqual([{ status: 'CAPTURED', capturedAmount: 1_500 }]);
  expect(await payments(leaves)).toEqual([{ status: 'VOIDED', capturedAmount: 0 }]);
});
