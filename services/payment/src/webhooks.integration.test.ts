import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { Transactor } from '@outrider/service-kit/database';
import { signWebhook, type LedgerEntry, type SimulatorOptions } from '@outrider/testkit/simulator';
import { AttemptRunner } from './commands/attempt-runner.js';
import { deleteOldProviderEvents } from './persistence/statements/provider-events.js';
import { startPaymentBench, WEBHOOK_SECRET, type PaymentBench } from './testing/payment-bench.js';
import { exchangeWebhookSecret } from './testing/exchange-webhook-secret.js';
import { storm } from './testing/storm.js';

let bench: PaymentBench;
let orderId: string;

beforeAll(async () => {
  bench = await startPaymentBench();
});
afterAll(() => bench.close());
beforeEach(async () => {
  orderId = newId();
});
afterEach(() => bench.proxy.passAll());

/** Has the simulator send its webhooks to the service. */
const withWebhooks = (options: Partial<SimulatorOptions> = {}) =>
  bench.restartSimulator({
    webhooks: { url: `${bench.service.url}/webhooks/simulator`, secret: WEBHOOK_SECRET },
    ...options,
  });
const withoutWebhooks = () => bench.restartSimulator();

/** Sends a webhook as the simulator would. */
const send = (body: unknown, signature?: (text: string) => string | undefined, provider = 'simulator') => {
  const rawBody = typeof body === 'string' ? body : JSON.stringify(body);
  const header = (signature ?? ((text) => signWebhook(WEBHOOK_SECRET, text)))(rawBody);
  return bench.service.call('POST', `/webhooks/${provider}`, {
    rawBody,
    headers: header === undefined ? {} : { 'simulator-signature': header },
  });
};
const eventOf = (entry: LedgerEntry, change: object = {}) => ({
  id: `evt_${newId()}`,
  type: 'authorization.any',
  createdAt: new Date().toISOString(),
  data: { ...entry, reason: null, ...change },
});
const keptEvents = async (): Promise<string[]> =>
  (
    await bench.service.sql<{ event_id: string }>('SELECT event_id FROM provider_event WHERE order_id=$1', [orderId])
  ).map(({ event_id: id }) => id);
const attempts = async (outcome: string): Promise<number> => {
  const metrics = await (await fetch(`${bench.service.adminUrl}/metrics`)).text();
  return Number(
    new RegExp(`^payment_attempts_total\\{[^}]*outcome="${outcome}"[^}]*\\} (\\d+)`, 'mu').exec(metrics)?.[1] ?? 0,
  );
};
const authorizedWithoutWebhooks = async (): Promise<LedgerEntry> => {
  await withoutWebhooks();
  await bench.create(orderId);
  await bench.answered(orderId, 1);
  return (await bench.booked(orderId))[0]!;
};

describe('a webhook', () => {
  test('F23 before the answer decides the operation; the answer that comes then is dropped', async () => {
    await withWebhooks();
    bench.proxy.fate = ({ method }) => (method === 'POST' ? 'hold-answer' : 'lose-answer');
    const fenced = await attempts('fenced');
    await bench.create(orderId);
    expect(await bench.answered(orderId, 1)).toEqual(['PAYMENT_CREATION_SUCCEEDED']);
    expect(await bench.payment(orderId)).toMatchObject({ status: 'AUTHORIZED', amount: 1_500 });
    await bench.proxy.letGo();
    await bench.service.until('the answer was dropped', async () => (await attempts('fenced')) > fenced);
    bench.proxy.fate = () => 'pass';
    await bench.confirm(orderId);
    expect(await bench.answered(orderId, 2)).toEqual(['PAYMENT_CREATION_SUCCEEDED', 'PAYMENT_CONFIRM']);
    expect(await bench.booked(orderId)).toMatchObject([{ status: 'CAPTURED', capturedAmount: 1_500 }]);
  });

  test('F23 alone resolves what timed out but was charged, captured and refunded', async () => {
    await withWebhooks();
    bench.proxy.fate = () => 'lose-answer';
    await bench.create(orderId);
    await bench.answered(orderId, 1);
    await bench.confirm(orderId);
    await bench.answered(orderId, 2);
    await bench.refund(orderId, newId(), 500);
    expect(await bench.answered(orderId, 3)).toEqual([
      'PAYMENT_CREATION_SUCCEEDED',
      'PAYMENT_CONFIRM',
      'PAYMENT_REFUNDED',
    ]);
    expect(await bench.booked(orderId)).toMatchObject([{ capturedAmount: 1_500, refundedAmount: 500 }]);
    expect(await bench.payment(orderId)).toMatchObject({ status: 'PARTIALLY_REFUNDED', refundedAmount: 500 });
  });

  test('F23 that reports a decline before the answer fails the payment', async () => {
    await withWebhooks({ behaviour: { declines: 100 } });
    bench.proxy.fate = () => 'lose-answer';
    await bench.create(orderId);
    expect(await bench.answered(orderId, 1)).toEqual(['PAYMENT_CREATION_FAILED']);
    expect(await bench.payment(orderId)).toMatchObject({ status: 'DECLINED', reason: 'card_declined' });
  });

  test('F24 that reports an authorisation after its release was asked for has it voided', async () => {
    await withoutWebhooks();
    bench.proxy.fate = ({ method }) => (method === 'POST' ? 'hold-answer' : 'lose-answer');
    await bench.create(orderId);
    await bench.service.until('it is authorised', async () => (await bench.booked(orderId)).length === 1);
    await bench.release(orderId);
    await bench.service.until(
      'the release waits',
      async () =>
        (await bench.service.sql(`SELECT 1 FROM payment_command WHERE order_id=$1 AND state='WAITING'`, [orderId]))
          .length === 1,
    );
    bench.proxy.fate = () => 'pass';
    const [entry] = await bench.booked(orderId);
    expect(await send(eventOf(entry!))).toMatchObject({ status: 200 });
    expect(await bench.answered(orderId, 2)).toEqual(['PAYMENT_CREATION_FAILED', 'PAYMENT_RELEASE']);
    expect(await bench.booked(orderId)).toMatchObject([{ status: 'VOIDED', capturedAmount: 0 }]);
  });

  test('F23 sent twice has one effect, and is kept once', async () => {
    await withWebhooks({ behaviour: { duplicates: 100 } });
    await bench.create(orderId);
    await bench.answered(orderId, 1);
    await bench.confirm(orderId);
    await bench.answered(orderId, 2);
    await bench.service.until('both events are kept', async () => (await keptEvents()).length === 2);
    const entry = (await bench.booked(orderId))[0]!;
    const event = eventOf(entry);
    const answers = await Promise.all(Array.from({ length: 5 }, () => send(event)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(answers.map(({ body }) => body.outcome).toSorted()).toEqual([
      'nothing-new',
      ...Array(4).fill('seen-before'),
    ]);
    expect(await keptEvents()).toHaveLength(3);
    expect(await bench.answered(orderId, 2)).toEqual(['PAYMENT_CREATION_SUCCEEDED', 'PAYMENT_CONFIRM']);
  });

  test('that comes with others is taken in one transaction with them, and answered after its commit', async () => {
    await withoutWebhooks();
    const orderIds = Array.from({ length: 30 }, () => newId());
    for (const id of orderIds) await bench.create(id);
    for (const id of orderIds) await bench.answered(id, 1);
    const entries = (await bench.simulator.ledger()).filter(({ reference }) => orderIds.includes(reference));
    const runner = bench.service.app.get(AttemptRunner);
    const transactor = bench.service.app.get(Transactor);
    const [applyEvent, run] = [runner.applyEvent.bind(runner), transactor.run.bind(transactor)];
    let come = 0;
    let answered = 0;
    const gate = Promise.withResolvers<void>();
    runner.applyEvent = (event) => ((come += 1), applyEvent(event));
    transactor.run = async (work, tries) => (await gate.promise, run(work, tries));
    const answers = Promise.all(entries.map((entry) => send(eventOf(entry)).finally(() => (answered += 1))));
    await bench.service.until('all have come', () => come === orderIds.length);
    expect(answered).toBe(0);
    gate.resolve();
    expect((await answers).map(({ status }) => status)).toEqual(orderIds.map(() => 200));
    runner.applyEvent = applyEvent;
    transactor.run = run;
    const [kept] = await bench.service.sql<{ events: number; transactions: number }>(
      `SELECT count(*)::int AS events, count(DISTINCT xmin::text)::int AS transactions FROM provider_event
       WHERE order_id = ANY($1::uuid[])`,
      [orderIds],
    );
    // the first that came, alone, and all that came meanwhile
    expect(kept!.events).toBe(orderIds.length);
    expect(kept!.transactions).toBeLessThanOrEqual(2);
  });

  test('F23 that is late changes nothing of an operation begun since', async () => {
    const entry = await authorizedWithoutWebhooks();
    bench.proxy.fate = ({ path }) => (path.endsWith('/capture') ? 'hold-request' : 'lose-answer');
    await bench.confirm(orderId);
    await bench.service.until('it is being captured', () => bench.proxy.seen.some((line) => line.includes(entry.id)));
    expect(await send(eventOf(entry))).toMatchObject({ status: 200, body: { outcome: 'nothing-new' } });
    expect(await bench.answered(orderId, 1)).toEqual(['PAYMENT_CREATION_SUCCEEDED']);
    await bench.proxy.passAll();
    await bench.answered(orderId, 2);
    expect(await bench.payment(orderId)).toMatchObject({ status: 'CAPTURED', capturedAmount: 1_500 });
  });

  test('F23 about another authorisation of the order, or an order that is not known, changes nothing', async () => {
    const entry = await authorizedWithoutWebhooks();
    bench.proxy.fate = ({ path }) => (path.endsWith('/capture') ? 'hold-request' : 'lose-answer');
    await bench.confirm(orderId);
    await bench.service.until('it is being captured', () => bench.proxy.seen.some((line) => line.includes(entry.id)));
    const captured = { status: 'CAPTURED', capturedAmount: 1_500 };
    expect(await send(eventOf(entry, { ...captured, id: 'auth_other' }))).toMatchObject({
      body: { outcome: 'nothing-new' },
    });
    expect(await send(eventOf(entry, { ...captured, reference: newId() }))).toMatchObject({
      body: { outcome: 'nothing-new' },
    });
    expect(await bench.answered(orderId, 1)).toEqual(['PAYMENT_CREATION_SUCCEEDED']);
  });
});

describe('F23 a webhook that is not from the provider', () => {
  test.each<[string, (text: string) => string | undefined]>([
    ['without a signature', () => undefined],
    ['signed with another secret', (text) => signWebhook('guessed', text)],
    ['signed over other bytes', (text) => signWebhook(WEBHOOK_SECRET, `${text} `)],
    ['replayed too late', (text) => signWebhook(WEBHOOK_SECRET, text, Math.floor(Date.now() / 1000) - 900)],
    ['from the future', (text) => signWebhook(WEBHOOK_SECRET, text, Math.floor(Date.now() / 1000) + 900)],
  ])('%s is refused, and nothing of it is kept', async (_what, signature) => {
    const entry = await authorizedWithoutWebhooks();
    bench.proxy.fate = ({ path }) => (path.endsWith('/capture') ? 'hold-request' : 'lose-answer');
    await bench.confirm(orderId);
    await bench.service.until('it is being captured', () => bench.proxy.seen.some((line) => line.includes(entry.id)));
    const answer = await send(eventOf(entry, { status: 'CAPTURED', capturedAmount: 1_500 }), signature);
    expect(answer).toMatchObject({ status: 401, body: { type: '/problems/signature-invalid' } });
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/u);
    expect(await keptEvents()).toEqual([]);
    expect(await bench.answered(orderId, 1)).toEqual(['PAYMENT_CREATION_SUCCEEDED']);
  });

  test('is refused each time that the simulator forges one', async () => {
    await withWebhooks({ behaviour: { forged: 100 } });
    await bench.create(orderId);
    await bench.answered(orderId, 1);
    await bench.confirm(orderId);
    await bench.answered(orderId, 2);
    await bench.service.until('both events are kept', async () => (await keptEvents()).length === 2);
    await bench.service.until('both were forged too', () => bench.simulator.webhooks().forged >= 2);
    expect(bench.simulator.webhooks()).toMatchObject({ believed: 0 });
    expect(await bench.payment(orderId)).toMatchObject({ status: 'CAPTURED' });
  });
});

test('events are forgotten a month after they came, and not before', async () => {
  const entry = await authorizedWithoutWebhooks();
  const [old, recent] = [eventOf(entry), eventOf(entry)];
  await send(old);
  await send(recent);
  for (const [id, ago] of [
    [old.id, '30 days 1 minute'],
    [recent.id, '29 days 23:59'],
  ]) {
    await bench.service.sql(`UPDATE provider_event SET received_at = now() - $2::interval WHERE event_id = $1`, [
      id,
      ago,
    ]);
  }
  const transactor = bench.service.app.get(Transactor);
  expect(await transactor.run((tx) => deleteOldProviderEvents(tx.sql))).toBe(1);
  expect(await keptEvents()).toEqual([recent.id]);
  expect(await send(old)).toMatchObject({ status: 200, body: { outcome: 'nothing-new' } });
});

describe('POST /webhooks/:provider', () => {
  test('a provider that is not in use is unknown', async () => {
    expect(await send({}, undefined, 'paypal')).toMatchObject({ status: 404, body: { type: '/problems/not-found' } });
  });

  test.each([
    ['no JSON', '{'],
    ['an empty body', ' '],
    ['another thing', '{"id":"evt_1"}'],
    ['an order that is no order of ours', JSON.stringify({ id: 'evt_2', data: { reference: 'x' } })],
    ['a NUL byte', '{"id":"\\u0000","data":{}}'],
  ])('F34 %s from the provider itself is accepted and ignored', async (_what, body) => {
    expect(await send(body)).toMatchObject({ status: 200, body: { outcome: 'of-no-concern' } });
  });

  test('F34 what is no JSON by its own word, or too large, is refused', async () => {
    const headers = { 'content-type': 'text/plain' };
    expect(await bench.service.call('POST', '/webhooks/simulator', { rawBody: 'x', headers })).toMatchObject({
      status: 415,
    });
    expect(await send('x'.repeat(2_000_000))).toMatchObject({ status: 413 });
    expect(await bench.service.call('POST', '/webhooks/simulator')).toMatchObject({ status: 401 });
  });
});

test('F23 many at once, timing out, sent twice and forged: every payment is as the provider has it', () =>
  storm(bench, 60));

test('F23 F33 a signature may be as old as PAYMENT_WEBHOOK_TOLERANCE_MS says, and no older', async () => {
  const strict = await bench.service.replica({ PAYMENT_WEBHOOK_TOLERANCE_MS: '60000' });
  const rawBody = '{"id":"evt_1"}';
  const statusOf = async (service: Pick<typeof strict, 'call'>, ageSeconds: number): Promise<number> => {
    const signature = signWebhook(WEBHOOK_SECRET, rawBody, Math.floor(Date.now() / 1_000) - ageSeconds);
    const headers = { 'simulator-signature': signature };
    return (await service.call('POST', '/webhooks/simulator', { rawBody, headers })).status;
  };
  expect(await Promise.all([statusOf(bench.service, 120), statusOf(bench.service, 600)])).toEqual([200, 401]);
  expect(await Promise.all([statusOf(strict, 10), statusOf(strict, 120)])).toEqual([200, 401]);
});

test('F48 the secret of the simulator’s webhooks is exchanged in its file: signed by the old one, by the new one and by neither, while it is exchanged', () =>
  exchangeWebhookSecret(bench, 'simulator', 'simulator-signature', 'SIMULATOR_WEBHOOK_SECRET', WEBHOOK_SECRET));
