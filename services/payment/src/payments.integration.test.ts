import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { READ_KEY, startPaymentBench, type PaymentBench } from './testing/payment-bench.js';

let bench: PaymentBench;
let orderId: string;

beforeAll(async () => {
  bench = await startPaymentBench();
});
afterAll(() => bench.close());
afterEach(() => bench.proxy.passAll());

const isNew = () => (orderId = newId());
const isAuthorize = ({ path, method }: { path: string; method: string }) =>
  method === 'POST' && path === '/authorizations';

describe('the course of a payment', () => {
  test('authorised, then captured', async () => {
    isNew();
    const create = await bench.create(orderId);
    expect(await bench.answered(orderId, 1)).toEqual(['PAYMENT_CREATION_SUCCEEDED']);
    const payment = await bench.payment(orderId);
    expect(payment).toMatchObject({
      orderId,
      status: 'AUTHORIZED',
      amount: 1_500,
      provider: 'simulator',
      reason: null,
    });
    expect((await bench.replies(orderId))[0]![1]).toEqual({ commandId: create, paymentId: payment.id, amount: 1_500 });
    const confirm = await bench.confirm(orderId);
    await bench.answered(orderId, 2);
    expect((await bench.replies(orderId))[1]).toEqual([
      'PAYMENT_CONFIRM',
      { commandId: confirm, capturedAmount: 1_500 },
    ]);
    expect(await bench.booked(orderId)).toMatchObject([{ status: 'CAPTURED', amount: 1_500, capturedAmount: 1_500 }]);
    expect(await bench.payment(orderId)).toMatchObject({
      status: 'CAPTURED',
      capturedAmount: 1_500,
      providerReference: (await bench.booked(orderId))[0]!.id,
    });
  });

  test('declined, and released after that', async () => {
    isNew();
    await bench.restartSimulator({ behaviour: { declines: 100 } });
    const create = await bench.create(orderId);
    await bench.answered(orderId, 1);
    await bench.restartSimulator();
    expect(await bench.replies(orderId)).toEqual([
      ['PAYMENT_CREATION_FAILED', { commandId: create, reason: 'card_declined', code: 'card-declined' }],
    ]);
    expect(await bench.payment(orderId)).toMatchObject({ status: 'DECLINED', reason: 'card_declined' });
    await bench.release(orderId);
    await bench.answered(orderId, 2);
    expect((await bench.replies(orderId))[1]).toMatchObject(['PAYMENT_RELEASE', { voided: false, refundedAmount: 0 }]);
    expect(await bench.payment(orderId)).toMatchObject({ status: 'DECLINED' });
  });

  test('a simulator that was restarted goes on with its books', async () => {
    isNew();
    await bench.create(orderId);
    await bench.answered(orderId, 1);
    await bench.restartSimulator();
    await bench.confirm(orderId);
    expect(await bench.answered(orderId, 2)).toEqual(['PAYMENT_CREATION_SUCCEEDED', 'PAYMENT_CONFIRM']);
    expect(await bench.booked(orderId)).toMatchObject([{ status: 'CAPTURED' }]);
  });

  test('a provider that is down only delays payments', async () => {
    isNew();
    await bench.stopSimulator();
    await bench.create(orderId);
    await bench.service.until('it is asked twice', async () => {
      const rows = await bench.service.sql<{ tries: number }>('SELECT tries FROM payment_command WHERE order_id=$1', [
        orderId,
      ]);
      return (rows[0]?.tries ?? 0) >= 2;
    });
    expect(await bench.replies(orderId)).toEqual([]);
    await bench.restartSimulator();
    expect(await bench.answered(orderId, 1)).toEqual(['PAYMENT_CREATION_SUCCEEDED']);
    expect(await bench.booked(orderId)).toHaveLength(1);
  });

  test('a payment made through another provider waits for that one, and is asked of nobody else', async () => {
    isNew();
    await bench.create(orderId);
    await bench.answered(orderId, 1);
    const made = async (provider: string) =>
      bench.service.sql('UPDATE payment SET provider=$2 WHERE order_id=$1', [orderId, provider]);
    await made('another');
    const asked = bench.proxy.seen.length;
    await bench.confirm(orderId);
    await bench.service.until('it was tried twice', async () => {
      const rows = await bench.service.sql<{ tries: number }>(
        `SELECT tries FROM payment_command WHERE order_id=$1 AND state='RUNNING'`,
        [orderId],
      );
      return (rows[0]?.tries ?? 0) >= 2;
    });
    expect(bench.proxy.seen).toHaveLength(asked);
    expect(await bench.payment(orderId)).toMatchObject({ status: 'AUTHORIZED', provider: 'another' });
    await made('simulator');
    expect(await bench.answered(orderId, 2)).toEqual(['PAYMENT_CREATION_SUCCEEDED', 'PAYMENT_CONFIRM']);
  });

  test('a capture of another amount is refused, and the payment can still be released', async () => {
    isNew();
    await bench.create(orderId);
    await bench.answered(orderId, 1);
    await bench.confirm(orderId, 1_499);
    await bench.release(orderId);
    expect(await bench.answered(orderId, 3)).toEqual([
      'PAYMENT_CREATION_SUCCEEDED',
      'PAYMENT_CONFIRM_FAILED',
      'PAYMENT_RELEASE',
    ]);
    expect(await bench.booked(orderId)).toMatchObject([{ status: 'VOIDED', capturedAmount: 0 }]);
  });

  test('F26 a capture that fails for good is answered so', async () => {
    isNew();
    await bench.create(orderId);
    await bench.answered(orderId, 1);
    const { providerReference } = await bench.payment(orderId);
    await fetch(`${bench.simulator.url}/authorizations/${providerReference}/void`, {
      method: 'POST',
      headers: { 'idempotency-key': newId() },
    });
    await bench.confirm(orderId);
    expect(await bench.answered(orderId, 3)).toEqual([
      'PAYMENT_CREATION_SUCCEEDED',
      'PAYMENT_PROVIDER_VOIDED',
      'PAYMENT_CONFIRM_FAILED',
    ]);
    await bench.release(orderId);
    await bench.answered(orderId, 4);
    expect((await bench.replies(orderId))[3]).toMatchObject(['PAYMENT_RELEASE', { voided: true, refundedAmount: 0 }]);
  });
});

describe('a release', () => {
  test('F44 before the create leaves a tombstone that refuses it', async () => {
    isNew();
    const release = await bench.release(orderId);
    await bench.answered(orderId, 1);
    expect(await bench.replies(orderId)).toEqual([
      ['PAYMENT_RELEASE', { commandId: release, voided: false, refundedAmount: 0 }],
    ]);
    await bench.create(orderId);
    expect(await bench.answered(orderId, 2)).toEqual(['PAYMENT_RELEASE', 'PAYMENT_CREATION_FAILED']);
    expect(await bench.booked(orderId)).toEqual([]);
    expect(await bench.payment(orderId)).toMatchObject({ status: 'VOIDED', amount: 0, currency: 'XXX' });
  });

  test('of an authorised payment voids it', async () => {
    isNew();
    await bench.create(orderId);
    await bench.answered(orderId, 1);
    await bench.release(orderId);
    await bench.answered(orderId, 2);
    expect((await bench.replies(orderId))[1]).toMatchObject(['PAYMENT_RELEASE', { voided: true, refundedAmount: 0 }]);
    expect(await bench.booked(orderId)).toMatchObject([{ status: 'VOIDED', capturedAmount: 0 }]);
    await bench.confirm(orderId);
    expect((await bench.answered(orderId, 3))[2]).toBe('PAYMENT_CONFIRM_FAILED');
  });

  test('F44 of a captured payment refunds it in full', async () => {
    isNew();
    await bench.create(orderId);
    await bench.confirm(orderId);
    await bench.release(orderId);
    await bench.answered(orderId, 3);
    const refunded = await bench.booked(orderId);
    // all three at once: released before it was captured, or after; never both
    const [last] = (await bench.replies(orderId)).slice(-1);
    expect(last![0]).toBe('PAYMENT_RELEASE');
    expect(refunded[0]!.capturedAmount).toBe(refunded[0]!.refundedAmount);
    isNew();
    await bench.create(orderId);
    await bench.answered(orderId, 1);
    await bench.confirm(orderId);
    await bench.answered(orderId, 2);
    await bench.release(orderId);
    await bench.answered(orderId, 3);
    expect((await bench.replies(orderId))[2]).toMatchObject([
      'PAYMENT_RELEASE',
      { voided: false, refundedAmount: 1_500 },
    ]);
    expect(await bench.booked(orderId)).toMatchObject([
      { status: 'REFUNDED', capturedAmount: 1_500, refundedAmount: 1_500 },
    ]);
  });

  test('F24 while the authorisation is on its way: it is voided when it arrives', async () => {
    isNew();
    bench.proxy.fate = (request) => (isAuthorize(request) ? 'hold-answer' : 'pass');
    await bench.create(orderId);
    await bench.service.until('it is authorised', async () => (await bench.booked(orderId)).length > 0);
    await bench.release(orderId);
    await bench.service.until('the release waits', async () => {
      const rows = await bench.service.sql(`SELECT 1 FROM payment_command WHERE order_id=$1 AND state='WAITING'`, [
        orderId,
      ]);
      return rows.length === 1;
    });
    await bench.proxy.passAll();
    expect(await bench.answered(orderId, 2)).toEqual(['PAYMENT_CREATION_FAILED', 'PAYMENT_RELEASE']);
    expect((await bench.replies(orderId))[1]![1]).toMatchObject({ voided: true, refundedAmount: 0 });
    expect(await bench.booked(orderId)).toMatchObject([{ status: 'VOIDED', capturedAmount: 0 }]);
  });

  test('F44 while the capture is in doubt: resolved first, then refunded', async () => {
    isNew();
    await bench.create(orderId);
    await bench.answered(orderId, 1);
    bench.proxy.fate = ({ path }) =>
      path.endsWith('/capture') ? 'lose-answer' : path.startsWith('/authorizations/') ? 'hold-request' : 'pass';
    await bench.confirm(orderId);
    await bench.service.until('in doubt', async () => (await bench.payment(orderId)).status === 'IN_DOUBT');
    await bench.release(orderId);
    bench.proxy.fate = () => 'pass';
    expect(await bench.answered(orderId, 3)).toEqual([
      'PAYMENT_CREATION_SUCCEEDED',
      'PAYMENT_CONFIRM',
      'PAYMENT_RELEASE',
    ]);
    expect(await bench.booked(orderId)).toMatchObject([
      { status: 'REFUNDED', capturedAmount: 1_500, refundedAmount: 1_500 },
    ]);
  });
});

describe('a doubt', () => {
  test('F23 times out but charged: resolved, charged once', async () => {
    isNew();
    let lost = 0;
    bench.proxy.fate = (request) =>
      isAuthorize(request) && (lost += 1) <= 3 ? 'lose-answer' : request.method === 'GET' ? 'lose-answer' : 'pass';
    await bench.create(orderId);
    await bench.service.until('in doubt', async () => (await bench.payment(orderId))?.status === 'IN_DOUBT');
    const metrics = await (await fetch(`${bench.service.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(/^payment_in_doubt [1-9]/mu);
    expect(await bench.answered(orderId, 1)).toEqual(['PAYMENT_CREATION_SUCCEEDED']);
    expect(lost).toBeGreaterThan(3);
    expect(await bench.booked(orderId)).toMatchObject([{ status: 'AUTHORIZED' }]);
    expect(await bench.payment(orderId)).toMatchObject({ status: 'AUTHORIZED' });
  });

  test('F23 a lookup that finds the charge resolves the doubt without another request', async () => {
    isNew();
    bench.proxy.fate = (request) => (isAuthorize(request) ? 'lose-answer' : 'pass');
    const before = bench.proxy.seen.filter((line) => line === 'POST /authorizations').length;
    await bench.create(orderId);
    expect(await bench.answered(orderId, 1)).toEqual(['PAYMENT_CREATION_SUCCEEDED']);
    expect(bench.proxy.seen.filter((line) => line === 'POST /authorizations')).toHaveLength(before + 1);
    expect(await bench.booked(orderId)).toHaveLength(1);
  });

  test('F23 not being found proves nothing: the request that timed out lands later, and it is one charge', async () => {
    isNew();
    let held = false;
    bench.proxy.fate = (request) => {
      if (!isAuthorize(request) || held) return 'pass';
      held = true;
      return 'hold-request';
    };
    await bench.create(orderId);
    expect(await bench.answered(orderId, 1)).toEqual(['PAYMENT_CREATION_SUCCEEDED']);
    await bench.proxy.letGo();
    expect(await bench.booked(orderId)).toHaveLength(1);
    await bench.confirm(orderId);
    await bench.answered(orderId, 2);
    expect(await bench.booked(orderId)).toMatchObject([{ status: 'CAPTURED', capturedAmount: 1_500 }]);
  });
});

test('F22 F06 an attempt whose process died is looked up before it is asked for again', async () => {
  isNew();
  await bench.stopSimulator();
  await bench.create(orderId);
  const asks = async () =>
    (await bench.service.sql<{ tries: number }>('SELECT tries FROM payment_command WHERE order_id=$1', [orderId]))[0];
  await bench.service.until('it was tried', async () => ((await asks())?.tries ?? 0) >= 1);
  // as a process leaves it that is killed between its claim and the provider's answer
  await bench.service.until('nobody has it, and somebody dies over it', async () => {
    const rows = await bench.service.sql(
      `UPDATE payment_command SET owner = $2, due_at = now() + interval '2 seconds', version = version + 1, in_doubt = false
       WHERE order_id = $1 AND owner IS NULL RETURNING 1`,
      [orderId, newId()],
    );
    return rows.length === 1;
  });
  const before = bench.proxy.seen.length;
  await bench.restartSimulator();
  await bench.answered(orderId, 1);
  const mine = bench.proxy.seen
    .slice(before)
    .filter((line) => line.includes('/authorizations') && !line.includes('created'));
  expect(mine[0]).toMatch(/^GET \/authorizations\?key=/u);
  expect(mine[1]).toBe('POST /authorizations');
});

test.each([
  ['USD', 1_250],
  ['JPY', 1_250],
  ['KWD', 1_250],
])('%s is authorised, captured and given back in its own minor unit', async (currency, amount) => {
  isNew();
  const asked = { commandId: newId(), amount, currency, paymentMethod: 'pm_card' };
  await bench.service.publish('payment-event', 'PAYMENT_CREATE_REQUEST', orderId, asked);
  await bench.confirm(orderId, amount);
  await bench.answered(orderId, 2);
  await bench.refund(orderId, newId(), 250);
  await bench.answered(orderId, 3);
  const stands = { currency, amount, capturedAmount: amount, refundedAmount: 250 };
  expect(await bench.booked(orderId)).toMatchObject([stands]);
  expect(await bench.payment(orderId)).toMatchObject(stands);
});

describe('a command seen again', () => {
  test('F42 is answered again by a new event and has no second effect', async () => {
    isNew();
    const create = await bench.create(orderId);
    await bench.answered(orderId, 1);
    const confirm = await bench.confirm(orderId);
    await bench.answered(orderId, 2);
    await bench.create(orderId, 1_500, create);
    await bench.confirm(orderId, 1_500, confirm);
    await bench.confirm(orderId, 1_500, confirm);
    await bench.answered(orderId, 5);
    const [first, second, ...again] = await bench.replies(orderId);
    expect(again).toEqual([first, second, second]);
    const events = (await bench.service.emitted('order-event')).filter((event) => event.orderId === orderId);
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(5);
    expect(await bench.booked(orderId)).toMatchObject([{ status: 'CAPTURED', capturedAmount: 1_500 }]);
  });

  test('F42 while it is on its way is answered once, when it ends', async () => {
    isNew();
    bench.proxy.fate = () => 'hold-answer';
    const create = await bench.create(orderId);
    await bench.service.until('it is authorised', async () => (await bench.booked(orderId)).length > 0);
    await bench.create(orderId, 1_500, create);
    await bench.create(orderId, 1_500, create);
    // order's next command is taken in after those
    const confirm = await bench.confirm(orderId);
    await bench.service.until(
      'all taken in',
      async () => (await bench.service.sql('SELECT 1 FROM payment_command WHERE command_id=$1', [confirm])).length > 0,
    );
    await bench.proxy.passAll();
    expect(await bench.answered(orderId, 2)).toEqual(['PAYMENT_CREATION_SUCCEEDED', 'PAYMENT_CONFIRM']);
    expect(await bench.booked(orderId)).toHaveLength(1);
  });
});

test('F27 refunds: in part, too much, and the rest; sums are those of the provider', async () => {
  isNew();
  await bench.create(orderId);
  await bench.confirm(orderId);
  await bench.answered(orderId, 2);
  const [first, second, third] = [newId(), newId(), newId()];
  await bench.refund(orderId, first, 500);
  await bench.refund(orderId, second, 1_001);
  await bench.refund(orderId, third, 1_000);
  await bench.answered(orderId, 5);
  expect((await bench.replies(orderId)).slice(2)).toMatchObject([
    ['PAYMENT_REFUNDED', { refundId: first, amount: 500 }],
    ['PAYMENT_REFUND_FAILED', { refundId: second }],
    ['PAYMENT_REFUNDED', { refundId: third, amount: 1_000 }],
  ]);
  expect(await bench.booked(orderId)).toMatchObject([{ status: 'REFUNDED', refundedAmount: 1_500 }]);
  expect(await bench.payment(orderId)).toMatchObject({ status: 'REFUNDED', refundedAmount: 1_500 });
});

test('many at once, more than there is room for, while a replica joins: all answered once and charged once', async () => {
  const orderIds = Array.from({ length: 600 }, () => newId());
  await bench.service.publishAll(
    'payment-event',
    orderIds.map((key) => ({
      type: 'PAYMENT_CREATE_REQUEST' as const,
      key,
      payload: { commandId: newId(), amount: 700, currency: 'EUR', paymentMethod: 'pm_card' },
    })),
  );
  await bench.service.replica();
  const wanted = new Set(orderIds);
  await bench.service.until('all are authorised', async () => {
    const rows = await bench.service.sql<{ n: number }>(
      `SELECT count(*)::int AS n FROM payment WHERE order_id = ANY($1::uuid[]) AND status = 'AUTHORIZED'`,
      [orderIds],
    );
    return rows[0]!.n === orderIds.length;
  });
  const booked = (await bench.simulator.ledger()).filter(({ reference }) => wanted.has(reference));
  expect(booked).toHaveLength(600);
  expect(new Set(booked.map(({ reference }) => reference)).size).toBe(600);
  const replies = (await bench.service.emitted('order-event')).filter((event) => wanted.has(event.orderId));
  expect(replies).toHaveLength(600);
});

describe('GET /payments', () => {
  const get = (query: string, options = {}) => bench.service.call('GET', `/payments${query}`, options);

  test.each([
    ['without an order', ''],
    ['with an empty order', '?orderId='],
    ['with an order that is no id', '?orderId=1'],
    ['with an unknown field', `?orderId=${newId()}&more=1`],
    ['with two orders', `?orderId=${newId()}&orderId=${newId()}`],
    ['with a NUL byte', '?orderId=%00'],
    ['with SQL', "?orderId='%20OR%201=1"],
  ])('F34 %s is malformed', async (_what, query) => {
    const { status, headers, body } = await get(query, { apiKey: READ_KEY });
    expect(status).toBe(400);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/u);
    expect(body.type).toBe('/problems/malformed');
  });

  test('what is shown never holds the payment method', async () => {
    isNew();
    await bench.create(orderId);
    await bench.answered(orderId, 1);
    const { body } = await get(`?orderId=${orderId}`, { apiKey: READ_KEY });
    expect(JSON.stringify(body)).not.toContain('pm_card');
  });
});
