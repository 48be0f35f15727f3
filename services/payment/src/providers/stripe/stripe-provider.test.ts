import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { fixedCredential } from '@outrider/connections';
import { newId } from '@outrider/contracts';
import { signWebhook } from '@outrider/testkit/simulator';
import { STRIPE_API_VERSION, StripeProvider } from './stripe-provider.js';

const SECRET_KEY = 'sk_test_4fH8qT2mX9';
const WEBHOOK_SECRET = 'whsec_0123456789abcdef';
let server: Server;
let provider: StripeProvider;
let asked: { request: IncomingMessage; body: string }[];

afterEach(async () => {
  provider.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** A Stripe that answers everything in one way. */
async function answering(
  listener: RequestListener,
  timeoutMs = 2_000,
  secretKey = fixedCredential(SECRET_KEY),
): Promise<StripeProvider> {
  asked = [];
  server = createServer((request, response) => {
    const seen = { request, body: '' };
    asked.push(seen);
    request.on('data', (chunk: Buffer) => (seen.body += chunk.toString()));
    request.on('end', () => listener(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  provider = new StripeProvider({
    secretKey,
    webhookSecrets: fixedCredential([WEBHOOK_SECRET]),
    apiBase: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    returnUrl: undefined,
    timeoutMs,
    actionMs: 60_000,
    toleranceMs: 300_000,
  });
  return provider;
}

const json =
  (status: number, body: unknown): RequestListener =>
  (_request, response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_7' })
      .end(JSON.stringify(body));
const error = (status: number, fields: object) =>
  json(status, { error: { type: 'invalid_request_error', message: `No: ${SECRET_KEY} pm_card_visa`, ...fields } });
const intent = (fields: object) => ({
  id: 'pi_1',
  object: 'payment_intent',
  status: 'requires_capture',
  amount: 1_200,
  amount_received: 0,
  currency: 'eur',
  created: 1_790_000_000,
  latest_charge: null,
  last_payment_error: null,
  next_action: null,
  metadata: {},
  ...fields,
});

const authorize = { key: 'k', orderId: newId(), amount: 1_200, currency: 'EUR', paymentMethod: 'pm_card_visa' };
const change = { key: 'k', reference: 'pi_1', amount: 1_200, currency: 'EUR' };
const refunding = { ...change, orderId: authorize.orderId, refundId: newId() };

test('F48 each request is made with the key of that time', async () => {
  let key = SECRET_KEY;
  const provider = await answering(json(200, intent({})), 2_000, { current: () => key });
  await provider.authorize(authorize);
  key = 'rk_test_next';
  await provider.capture(change);
  expect(asked.map(({ request }) => request.headers.authorization)).toEqual([
    `Bearer ${SECRET_KEY}`,
    'Bearer rk_test_next',
  ]);
});

describe('what Stripe answers', () => {
  test.each<[string, RequestListener]>([
    ['a server error', error(500, { type: 'api_error' })],
    ['a gateway that does not know', (_q, response) => void response.writeHead(502).end('<html>Bad gateway</html>')],
    ['success without an intent', json(200, { ok: true })],
    ['success that is no object', json(200, null)],
    ['success that is not JSON', (_q, response) => void response.end('captured')],
    ['a redirect', (_q, response) => void response.writeHead(302, { location: 'http://127.0.0.1/' }).end()],
    ['a key that is in use', error(409, { code: 'idempotency_key_in_use' })],
    ['a key of another request', error(400, { type: 'idempotency_error' })],
    ['an intent that is at work', json(200, intent({ status: 'processing' }))],
    ['an intent that waits for a card and was never tried', json(200, intent({ status: 'requires_payment_method' }))],
    ['an intent of a status to come', json(200, intent({ status: 'requires_patience' }))],
    ['a connection that breaks', (request) => void request.socket.destroy()],
    [
      'an answer that breaks off',
      (_q, response) => {
        response.writeHead(200, { 'content-length': 1_000 });
        response.write('{"id":');
        setTimeout(() => response.destroy(), 20);
      },
    ],
    ['an answer without end', (_q, response) => void response.end('x'.repeat(3_000_000))],
  ])('%s leaves a doubt, and is not asked again here', async (_what, listener) => {
    const provider = await answering(listener);
    expect(await provider.authorize(authorize)).toMatchObject({ kind: 'unanswered', reached: true });
    expect(asked).toHaveLength(1);
    expect(await provider.capture(change)).toMatchObject({ kind: 'unanswered', reached: true });
    expect(await provider.lookup({ reference: 'pi_1' })).toMatchObject({ kind: 'unanswered' });
    expect(asked).toHaveLength(3);
  });

  test('an answer that drips in is not waited for longer than the time there is', async () => {
    const provider = await answering((_q, response) => {
      response.writeHead(200);
      const dripping = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(dripping));
    }, 150);
    expect(await provider.capture(change)).toEqual({ kind: 'unanswered', reached: true, reason: 'TIMEOUT' });
  });

  test.each<[string, RequestListener]>([
    ['a wrong key', error(401, {})],
    ['a key that may not', error(403, {})],
    ['a key of the other mode', error(400, { code: 'livemode_mismatch' })],
    ['an expired key', error(400, { code: 'api_key_expired' })],
    ['a field it does not know', error(400, { code: 'parameter_unknown', param: 'automatic_payment_methods' })],
    ['a wrong address to return to', error(400, { code: 'url_invalid', param: 'return_url' })],
    ['an account that may not charge yet', error(400, {})],
    ['a payment of another account', error(404, { code: 'resource_missing', param: 'intent' })],
    ['a route that is not there', error(404, {})],
  ])('%s is a fault of ours: nothing was done, and no order is declined for it', async (_what, listener) => {
    const provider = await answering(listener);
    for (const answer of [await provider.authorize(authorize), await provider.capture(change)]) {
      expect(answer).toMatchObject({ kind: 'unanswered', reached: false });
      expect(answer).toMatchObject({ reason: expect.stringMatching(/^configuration: /u) });
      expect(JSON.stringify(answer)).not.toContain(SECRET_KEY);
    }
  });

  test.each([{ code: 'rate_limit' }, { code: 'lock_timeout' }])(
    'too much at once (%p) was not done',
    async (fields) => {
      const provider = await answering(error(429, fields));
      expect(await provider.capture(change)).toMatchObject({ kind: 'unanswered', reached: false });
    },
  );

  test.each([
    ['a card that does not exist', 400, { code: 'resource_missing', param: 'payment_method' }],
    ['too little', 400, { code: 'amount_too_small', param: 'amount' }],
    ['a currency it does not take', 400, { param: 'currency' }],
    ['a state that does not allow it', 400, { code: 'payment_intent_unexpected_state' }],
    ['what was refunded before', 400, { code: 'charge_already_refunded' }],
  ])('%s is refused for good, without a word of how it is paid', async (_what, status, fields) => {
    const provider = await answering(error(status, fields));
    const answer = await provider.authorize(authorize);
    expect(answer).toMatchObject({ kind: 'refused', reason: expect.stringContaining('req_7') });
    expect(JSON.stringify(answer)).not.toContain('pm_card');
  });

  test.each([
    [{ code: 'card_declined', decline_code: 'insufficient_funds' }, 'insufficient_funds', 'insufficient-funds'],
    [{ code: 'expired_card' }, 'expired_card', 'card-expired'],
    [{ code: 'incorrect_cvc' }, 'incorrect_cvc', 'incorrect-card-details'],
    [{ code: 'card_declined', decline_code: 'card_velocity_exceeded' }, 'card_velocity_exceeded', 'limit-exceeded'],
    [{ code: 'card_declined', decline_code: 'stolen_card' }, 'generic_decline', 'card-declined'],
    [{ code: 'card_declined', decline_code: 'fraudulent' }, 'generic_decline', 'card-declined'],
  ])('a card declined with %p is a decline: %s, for customers %s', async (fields, reason, code) => {
    const declined = intent({ status: 'requires_payment_method', last_payment_error: fields });
    const provider = await answering(error(402, { type: 'card_error', ...fields, payment_intent: declined }));
    expect(await provider.authorize(authorize)).toEqual({
      kind: 'record',
      record: {
        reference: 'pi_1',
        status: 'DECLINED',
        capturedAmount: 0,
        refunds: [],
        disputes: [],
        reason,
        code,
        open: true,
      },
    });
  });

  test('a decline without its intent is still a decline', async () => {
    const provider = await answering(error(402, { type: 'card_error', code: 'card_declined' }));
    expect(await provider.authorize(authorize)).toEqual({
      kind: 'refused',
      reason: 'card_declined',
      code: 'card-declined',
    });
  });

  test.each([
    ['its page', { type: 'redirect_to_url', redirect_to_url: { url: 'https://bank.example/3ds' } }, 'redirectUrl'],
    ['a secret', { type: 'use_stripe_sdk' }, 'clientSecret'],
  ])('a bank that asks for the customer gives %s', async (_what, next, where) => {
    const fields = { status: 'requires_action', next_action: next, client_secret: 'pi_1_secret_2' };
    const provider = await answering(json(200, intent(fields)));
    expect(await provider.authorize(authorize)).toMatchObject({
      record: { status: 'REQUIRES_ACTION', action: { [where]: expect.any(String), expiresAt: expect.any(String) } },
    });
  });

  test('a refund that fails at once gave nothing back; one that is on its way did', async () => {
    const { refundId } = refunding;
    const refunded = intent({ status: 'succeeded', amount_received: 1_200, latest_charge: { amount_refunded: 1_200 } });
    const refund = { id: 're_1', amount: 1_200, currency: 'eur', created: 1, metadata: { refund_id: refundId } };
    let fields = {};
    const provider = await answering((request, response) =>
      json(200, { ...refund, ...fields, payment_intent: refunded })(request, response),
    );
    for (const [status, ours] of [
      ['failed', 'FAILED'],
      ['canceled', 'CANCELED'],
      ['pending', 'PENDING'],
      ['requires_action', 'PENDING'],
      ['a_status_to_come', 'PENDING'],
      ['succeeded', 'SUCCEEDED'],
    ]) {
      fields = { status, ...(status === 'failed' && { failure_reason: 'lost_or_stolen_card' }) };
      const reason = status === 'failed' ? 'lost_or_stolen_card' : null;
      const shown = {
        id: 're_1',
        refundId,
        amount: 1_200,
        status: ours,
        reason,
        createdAt: '1970-01-01T00:00:01.000Z',
      };
      expect(await provider.refund(refunding)).toMatchObject({ record: { status: 'CAPTURED', refunds: [shown] } });
    }
    expect(asked[0]?.body).toContain(`metadata[refund_id]=${refundId}`);
  });
});

describe('a capture in part at the dashboard', () => {
  const orderId = newId();
  const refund = (amount: number, created: number, fields: object = {}) => ({
    id: `re_${created}`,
    amount,
    currency: 'eur',
    created,
    status: 'succeeded',
    ...fields,
  });
  interface Shown {
    /** the newest first */
    readonly refunds: readonly object[];
    readonly counted: number;
    /** the amount and currency of the charge's balance transaction, or what is answered instead */
    readonly booked?: object | RequestListener;
    /** how many refunds come with the charge, and on a page of the list */
    readonly page?: number;
    readonly currency?: string;
    readonly amounts?: readonly [authorised: number, captured: number];
  }
  /** 1000 authorised, 600 captured, unless said otherwise. */
  const stripe = ({ refunds, counted, booked = {}, page = 10, currency = 'eur', amounts = [1_000, 600] }: Shown) => {
    const [amount, captured] = amounts;
    const shown = intent({
      status: 'succeeded',
      currency,
      amount,
      amount_received: captured,
      metadata: { order_id: orderId },
      latest_charge: {
        amount,
        amount_captured: captured,
        amount_refunded: counted,
        balance_transaction: 'txn_1',
        disputed: false,
        refunds: { data: refunds.slice(0, page), has_more: refunds.length > page },
      },
    });
    return answering((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://stripe');
      const after = searchParams.get('starting_after');
      const start = refunds.findIndex((one) => (one as { id: string }).id === after) + 1;
      const listed = { data: refunds.slice(start, start + page), has_more: refunds.length > start + page };
      if (pathname === '/v1/balance_transactions/txn_1') {
        return typeof booked === 'function' ? booked(request, response) : json(200, booked)(request, response);
      }
      if (pathname === '/v1/refunds') return json(200, listed)(request, response);
      const all = pathname === '/v1/payment_intents';
      return json(200, all ? { data: [shown], has_more: false } : shown)(request, response);
    });
  };
  const amountsBy = async (provider: StripeProvider) => {
    const found = await provider.lookup({ reference: 'pi_1' });
    const listed = await provider.list({ createdFrom: new Date(0), createdTo: new Date() });
    if (found.kind !== 'record' || listed.kind !== 'page') throw new Error(JSON.stringify([found, listed]));
    return [found.record.refunds.map(({ amount }) => amount), listed.charges[0]?.refundedAmount];
  };
  const paths = () => asked.map(({ request }) => request.url!.split('?')[0]);

  test('leaves its release out of what was given back, and so does its answer', async () => {
    const provider = await stripe({ refunds: [refund(600, 2), refund(400, 1)], counted: 1_000 });
    expect(await amountsBy(provider)).toEqual([[600], 600]);
    expect(await provider.capture(change)).toMatchObject({
      record: { capturedAmount: 600, refunds: [{ amount: 600 }] },
    });
    expect(paths()).not.toContain('/v1/balance_transactions/txn_1');
  });

  test.each([1, 2, 3])('so it is with %p refunds a page', async (page) => {
    const refunds = [refund(400, 4), refund(100, 3), refund(50, 2), refund(400, 1)];
    expect(await amountsBy(await stripe({ refunds, counted: 950, page }))).toEqual([[400, 100, 50], 550]);
    provider.close();
    const booked = { amount: 1_000, currency: 'eur' };
    const fewer = await stripe({ refunds: refunds.slice(1), counted: 550, page, booked });
    expect(await amountsBy(fewer)).toEqual([[100, 50], 150]);
  });

  test.each<[string, object | RequestListener, number[], number]>([
    ['all that was authorised', { amount: 1_000, currency: 'eur' }, [], 0],
    ['what was captured', { amount: 600, currency: 'eur' }, [400], 400],
    ['another currency', { amount: 600, currency: 'usd' }, [], 0],
    ['nothing that is known', {}, [], 0],
    ['nothing, to a key that may not read it,', error(403, {}), [], 0],
    ['nothing, for there is none,', error(404, { code: 'resource_missing' }), [], 0],
  ])('is told from a refund by hand where the books have %s', async (_what, booked, refunds, sum) => {
    expect(await amountsBy(await stripe({ refunds: [refund(400, 1)], counted: 400, booked }))).toEqual([refunds, sum]);
  });

  test('is not told while the books do not answer', async () => {
    const provider = await stripe({
      refunds: [refund(400, 1)],
      counted: 400,
      booked: error(500, { type: 'api_error' }),
    });
    expect(await provider.lookup({ reference: 'pi_1' })).toMatchObject({ kind: 'unanswered' });
    expect(await provider.list({ createdFrom: new Date(0), createdTo: new Date() })).toMatchObject({
      kind: 'unanswered',
    });
  });

  test.each([
    ['jpy', [1_000, 600], [refund(300, 2, { currency: 'jpy' }), refund(400, 1, { currency: 'jpy' })], [300], 300],
    ['kwd', [1_000, 600], [refund(10, 2, { currency: 'kwd' }), refund(400, 1, { currency: 'kwd' })], [10], 10],
    // Stripe counts them in hundredths
    ['isk', [1_000, 600], [refund(600, 2, { currency: 'isk' }), refund(400, 1, { currency: 'isk' })], [6], 6],
    [
      'isk',
      [1_000, 650],
      [refund(600, 2, { currency: 'isk' }), refund(350, 1, { currency: 'isk' })],
      undefined,
      undefined,
    ],
  ] as const)('is the same in %s', async (currency, amounts, refunds, given, sum) => {
    const counted = refunds.reduce((all, { amount }) => all + amount, 0);
    const booked = { amount: amounts[0], currency };
    const provider = await stripe({ refunds, counted, currency, amounts, booked });
    if (given !== undefined) expect(await amountsBy(provider)).toEqual([given, sum]);
    // not captured by a whole unit: it is no payment that could be shown
    else expect(await provider.lookup({ reference: 'pi_1' })).toMatchObject({ kind: 'unanswered' });
  });

  test('asks for no more where nothing was given back, or all was captured', async () => {
    expect(await amountsBy(await stripe({ refunds: [], counted: 0 }))).toEqual([[], 0]);
    provider.close();
    const amounts = [1_000, 1_000] as const;
    const refunds = [refund(100, 2), refund(100, 1)];
    expect(await amountsBy(await stripe({ refunds, counted: 200, amounts }))).toEqual([[100, 100], 200]);
    expect(new Set(paths())).toEqual(new Set(['/v1/payment_intents', '/v1/payment_intents/pi_1']));
  });
});

describe('a page of the list', () => {
  const span = { createdFrom: new Date(0), createdTo: new Date() };
  const ours = (id: string, fields: object) => intent({ id, metadata: { order_id: newId() }, ...fields });

  test('has what can be read, whatever else is on it', async () => {
    const partial = { amount: 1_200, amount_captured: 900, amount_refunded: 300 };
    const captured = { status: 'succeeded', amount_received: 900 };
    const data = [
      ours('pi_1', {}),
      // not ours, and not as any payment of ours is
      intent({ id: 'pi_2', metadata: { order_id: 7 }, currency: null }),
      ours('pi_3', { amount: -1 }),
      ours('pi_4', { status: 'processing' }),
      // its refunds, asked for by themselves, are no refunds
      ours('pi_5', { ...captured, latest_charge: { ...partial, refunds: { data: [], has_more: true } } }),
      ours('pi_6', {}),
      { id: 'pi_7' },
    ];
    const provider = await answering((request, response) => {
      const body = request.url?.startsWith('/v1/refunds') ? { data: [{}] } : { data, has_more: true };
      json(200, body)(request, response);
    });
    expect(await provider.list(span)).toMatchObject({
      kind: 'page',
      charges: [{ providerPaymentId: 'pi_1' }, { providerPaymentId: 'pi_6' }],
      next: 'pi_7',
    });
  });

  test.each([[{}], [{ data: 'none' }], [{ data: [{ id: '' }], has_more: true }], [{ data: [null] }]])(
    '%j is none',
    async (body) => {
      const provider = await answering(json(200, body));
      expect(await provider.list(span)).toMatchObject({ kind: 'unanswered' });
    },
  );

  test('is none while something that it takes is not answered', async () => {
    const latest = { amount: 1_200, amount_captured: 900, amount_refunded: 300, refunds: { data: [], has_more: true } };
    const data = [ours('pi_1', { status: 'succeeded', amount_received: 900, latest_charge: latest })];
    const provider = await answering((request, response) => {
      const fails = request.url?.startsWith('/v1/refunds');
      (fails ? error(500, { type: 'api_error' }) : json(200, { data, has_more: false }))(request, response);
    });
    expect(await provider.list(span)).toMatchObject({ kind: 'unanswered' });
  });
});

describe('what Stripe is asked', () => {
  test('goes out under our key, with the version that this was written for', async () => {
    const provider = await answering(json(200, intent({})));
    await provider.authorize({ ...authorize, key: 'p:authorize:c' });
    const [{ request, body } = { request: undefined, body: '' }] = asked;
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${SECRET_KEY}`,
      'idempotency-key': 'p:authorize:c',
      'stripe-version': STRIPE_API_VERSION,
    });
    expect(Object.fromEntries(new URLSearchParams(body))).toMatchObject({
      amount: '1200',
      currency: 'eur',
      capture_method: 'manual',
      confirm: 'true',
      'metadata[order_id]': authorize.orderId,
      'metadata[payment_key]': 'p:authorize:c',
    });
  });

  test('is in the units that Stripe counts in, and read back from them', async () => {
    const refund = { id: 're_1', amount: 200, currency: 'isk', created: 1, status: 'succeeded' };
    const refunds = { data: [refund], has_more: false };
    const shown = { status: 'succeeded', currency: 'isk', amount: 500, amount_received: 500 };
    const provider = await answering(json(200, intent({ ...shown, latest_charge: { amount_refunded: 200, refunds } })));
    expect(await provider.capture({ ...change, currency: 'ISK', amount: 5 })).toMatchObject({
      record: { status: 'CAPTURED', capturedAmount: 5, refunds: [{ amount: 2 }] },
    });
    expect(asked[0]?.body).toContain('amount_to_capture=500');
  });

  test('is not asked at all for an amount that it cannot move', async () => {
    const provider = await answering(json(200, intent({})));
    const odd = { currency: 'KWD', amount: 1_001 };
    expect(await provider.authorize({ ...authorize, ...odd })).toMatchObject({ kind: 'refused' });
    expect(await provider.refund({ ...refunding, ...odd })).toMatchObject({ kind: 'refused' });
    expect(asked).toHaveLength(0);
  });
});

describe('an event of Stripe', () => {
  const orderId = newId();
  const event = (type: string, thing: object) =>
    Buffer.from(JSON.stringify({ id: 'evt_1', object: 'event', type, data: { object: thing } }));
  const read = async (type: string, thing: object) => {
    const provider = await answering(json(200, {}));
    const raw = event(type, thing);
    const signature = signWebhook(WEBHOOK_SECRET, raw.toString());
    return provider.readWebhook(raw, { 'stripe-signature': signature }, Date.now());
  };
  const metadata = { order_id: orderId };
  const charge = { payment_intent: 'pi_1', currency: 'eur', captured: true, amount_captured: 900, metadata };

  test.each([
    ['payment_intent.amount_capturable_updated', intent({ metadata }), 'AUTHORIZED'],
    ['payment_intent.succeeded', intent({ metadata, status: 'succeeded', amount_received: 1_200 }), 'CAPTURED'],
    ['payment_intent.canceled', intent({ metadata, status: 'canceled' }), 'VOIDED'],
    [
      'payment_intent.payment_failed',
      intent({ metadata, status: 'requires_payment_method', last_payment_error: { code: 'card_declined' } }),
      'DECLINED',
    ],
    [
      'payment_intent.requires_action',
      intent({ metadata, status: 'requires_action', client_secret: 's' }),
      'REQUIRES_ACTION',
    ],
    ['charge.refunded', { ...charge, amount_refunded: 900 }, 'CAPTURED'],
  ])('%s is how the payment stands', async (type, thing, status) => {
    expect(await read(type, thing)).toMatchObject({
      kind: 'event',
      event: { eventId: 'evt_1', orderId, shown: { reference: 'pi_1', status } },
    });
  });

  test('a charge shows no release among its refunds; a refund without our id may be one, one with it is none', async () => {
    const refund = { amount: 300, currency: 'eur', created: 1, payment_intent: 'pi_1', status: 'succeeded' };
    const refunds = {
      data: [
        { ...refund, id: 're_2', created: 2 },
        { ...refund, id: 're_1' },
      ],
    };
    const shown = { ...charge, amount: 1_200, amount_refunded: 600, refunds };
    expect(await read('charge.refunded', shown)).toMatchObject({ event: { shown: { refunds: [{ id: 're_2' }] } } });
    provider.close();
    for (const type of ['refund.created', 'refund.updated', 'charge.refund.updated']) {
      expect(await read(type, { ...refund, id: 're_1' })).toMatchObject({ event: { shown: { mayBeRelease: true } } });
      provider.close();
      const ours = { ...refund, id: 're_3', metadata: { ...metadata, refund_id: newId() } };
      expect(await read(type, ours)).not.toHaveProperty('event.shown.mayBeRelease');
      provider.close();
    }
  });

  test('a refund made by hand, one of ours that failed, and a dispute are parts of a payment that name no order', async () => {
    const refund = { id: 're_1', amount: 5, currency: 'jpy', created: 1, payment_intent: 'pi_1', status: 'succeeded' };
    expect(await read('refund.created', refund)).toMatchObject({
      event: { orderId: null, shown: { reference: 'pi_1', refunds: [{ id: 're_1', refundId: null, amount: 5 }] } },
    });
    const refundId = newId();
    const ours = {
      ...refund,
      status: 'failed',
      failure_reason: 'unknown',
      metadata: { ...metadata, refund_id: refundId },
    };
    expect(await read('refund.failed', ours)).toMatchObject({
      event: { orderId, shown: { refunds: [{ refundId, status: 'FAILED', reason: 'unknown' }] } },
    });
    const dispute = { id: 'dp_1', amount: 900, currency: 'eur', created: 1, payment_intent: 'pi_1', reason: 'general' };
    const moves = (amount: number, currency = 'eur') => ({ balance_transactions: [{ amount, currency }] });
    for (const [fields, stands] of [
      [{ status: 'warning_needs_response' }, { status: 'OPEN', withheldAmount: 0, respondBy: null }],
      [
        { status: 'needs_response', ...moves(-900) },
        { status: 'OPEN', withheldAmount: 900 },
      ],
      [
        { status: 'needs_response', ...moves(-1_040, 'usd') },
        { status: 'OPEN', withheldAmount: 900 },
      ],
      [
        { status: 'lost', ...moves(-900) },
        { status: 'LOST', withheldAmount: 900 },
      ],
      [{ status: 'won' }, { status: 'WON', withheldAmount: 0 }],
      [{ status: 'warning_closed' }, { status: 'CLOSED' }],
      [{ status: 'needs_response', evidence_details: { due_by: 2 } }, { respondBy: '1970-01-01T00:00:02.000Z' }],
    ]) {
      expect(await read('charge.dispute.updated', { ...dispute, ...fields })).toMatchObject({
        event: {
          orderId: null,
          shown: { reference: 'pi_1', refunds: [], disputes: [{ id: 'dp_1', amount: 900, ...stands }] },
        },
      });
      provider.close();
    }
  });

  test.each([
    [
      'an authorisation that was let go of, which counts as refunded',
      'charge.refunded',
      { ...charge, captured: false },
    ],
    ['a charge without an intent', 'charge.refunded', { ...charge, payment_intent: null }],
    ['a refund without an intent', 'refund.created', { id: 're_1', amount: 5, currency: 'eur', created: 1 }],
    ['a payment of another shop', 'payment_intent.succeeded', intent({ status: 'succeeded' })],
    ['another event', 'payment_intent.created', intent({ metadata })],
    ['a thing of another shape', 'payment_intent.succeeded', { id: 5 }],
  ])('%s is ignored', async (_what, type, thing) => {
    expect(await read(type, { amount_refunded: 900, ...thing })).toEqual({ kind: 'of-no-concern' });
  });
});
