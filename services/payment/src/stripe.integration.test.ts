import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { signWebhook, type SimulatorOptions } from '@outrider/testkit/simulator';
import { startPaymentBench, STRIPE_WEBHOOK_SECRET, type PaymentBench } from './testing/payment-bench.js';
import { exchangeWebhookSecret } from './testing/exchange-webhook-secret.js';
import { storm } from './testing/storm.js';

let bench: PaymentBench;
let orderId: string;

beforeAll(async () => {
  bench = await startPaymentBench({}, 'stripe');
});
afterAll(() => bench.close());
beforeEach(() => {
  orderId = newId();
});
afterEach(() => bench.proxy.passAll());

const withWebhooks = (options: Partial<SimulatorOptions> = {}) =>
  bench.restartSimulator({ ...bench.webhookOptions(), ...options });
const withoutWebhooks = (options: Partial<SimulatorOptions> = {}) => bench.restartSimulator(options);
const act = async (outcome: 'approve' | 'deny', url: string): Promise<number> =>
  (
    await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ outcome }),
    })
  ).status;
/** Where the customer is sent, as reported to order. */
const sentTo = async (): Promise<string> => {
  expect(await bench.answered(orderId, 1)).toEqual(['PAYMENT_ACTION_REQUIRED']);
  return ((await bench.replies(orderId))[0]![1] as { redirectUrl: string }).redirectUrl;
};

describe('a payment through Stripe', () => {
  test('is authorised, captured, refunded in part and then released, as its books have it', async () => {
    await withWebhooks();
    await bench.create(orderId);
    await bench.answered(orderId, 1);
    await bench.confirm(orderId);
    await bench.answered(orderId, 2);
    await bench.refund(orderId, newId(), 500);
    await bench.answered(orderId, 3);
    await bench.release(orderId);
    expect(await bench.answered(orderId, 4)).toEqual([
      'PAYMENT_CREATION_SUCCEEDED',
      'PAYMENT_CONFIRM',
      'PAYMENT_REFUNDED',
      'PAYMENT_RELEASE',
    ]);
    const [booked, ...others] = await bench.booked(orderId);
    expect(others).toEqual([]);
    expect(booked).toMatchObject({ status: 'REFUNDED', capturedAmount: 1_500, refundedAmount: 1_500 });
    expect(await bench.payment(orderId)).toMatchObject({
      provider: 'stripe',
      providerReference: booked?.id,
      status: 'REFUNDED',
      refundedAmount: 1_500,
    });
  });

  test('declined is answered so, and nothing of the card is shown', async () => {
    await withoutWebhooks({ behaviour: { declines: 100 } });
    await bench.create(orderId);
    expect(await bench.answered(orderId, 1)).toEqual(['PAYMENT_CREATION_FAILED']);
    expect(await bench.payment(orderId)).toMatchObject({ status: 'DECLINED', reason: 'generic_decline' });
    expect(JSON.stringify(await bench.payment(orderId))).not.toContain('pm_card');
  });

  test('F23 that timed out but was charged is found, captured and released, charged once', async () => {
    await withoutWebhooks();
    let lost = 0;
    bench.proxy.fate = ({ method }) => (method === 'POST' && lost++ < 1 ? 'lose-answer' : 'pass');
    await bench.create(orderId);
    expect(await bench.answered(orderId, 1)).toEqual(['PAYMENT_CREATION_SUCCEEDED']);
    lost = 0;
    await bench.confirm(orderId);
    expect(await bench.answered(orderId, 2)).toEqual(['PAYMENT_CREATION_SUCCEEDED', 'PAYMENT_CONFIRM']);
    lost = 0;
    await bench.release(orderId);
    await bench.answered(orderId, 3);
    expect(await bench.booked(orderId)).toMatchObject([{ capturedAmount: 1_500, refundedAmount: 1_500 }]);
  });

  test('F23 is resolved by webhooks alone, before the answer or instead of it', async () => {
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
    expect(await bench.payment(orderId)).toMatchObject({ status: 'PARTIALLY_REFUNDED', refundedAmount: 500 });
  });
});

describe('F46 a customer who must act with Stripe', () => {
  test.each(['with', 'without'] as const)('approves and has paid, %s webhooks', async (webhooks) => {
    await (webhooks === 'with' ? withWebhooks : withoutWebhooks)({ behaviour: { actions: 100 } });
    await bench.create(orderId);
    expect(await act('approve', await sentTo())).toBe(200);
    expect((await bench.answered(orderId, 2))[1]).toBe('PAYMENT_CREATION_SUCCEEDED');
  });

  test.each(['with', 'without'] as const)(
    'is declined for good: another card is refused, %s webhooks',
    async (webhooks) => {
      await (webhooks === 'with' ? withWebhooks : withoutWebhooks)({ behaviour: { actions: 100 } });
      await bench.create(orderId);
      const url = await sentTo();
      expect(await act('deny', url)).toBe(200);
      expect((await bench.answered(orderId, 2))[1]).toBe('PAYMENT_CREATION_FAILED');
      expect(await act('approve', url)).toBe(409);
      expect(await bench.booked(orderId)).toMatchObject([{ status: 'VOIDED', capturedAmount: 0 }]);
      expect(await bench.payment(orderId)).toMatchObject({
        status: 'VOIDED',
        reason: 'payment_intent_authentication_failure',
      });
      await bench.release(orderId);
      expect((await bench.answered(orderId, 3))[2]).toBe('PAYMENT_RELEASE');
    },
  );

  test('who tries another card when the first one was declined is not charged', async () => {
    await withoutWebhooks({ behaviour: { actions: 100 } });
    await bench.create(orderId);
    const url = await sentTo();
    bench.proxy.fate = ({ path }) => (path.endsWith('/cancel') ? 'hold-request' : 'pass');
    await act('deny', url);
    const [{ id } = { id: '' }] = await bench.booked(orderId);
    await bench.service.until('it is to be closed', () =>
      bench.proxy.seen.includes(`POST /v1/payment_intents/${id}/cancel`),
    );
    expect(await act('approve', url)).toBe(200);
    await bench.proxy.passAll();
    expect((await bench.answered(orderId, 2))[1]).toBe('PAYMENT_CREATION_FAILED');
    expect(await bench.booked(orderId)).toMatchObject([{ status: 'VOIDED', capturedAmount: 0 }]);
  });
});

describe('POST /webhooks/stripe', () => {
  const event = (thing: object, type = 'payment_intent.succeeded') =>
    JSON.stringify({ id: `evt_${newId()}`, object: 'event', type, data: { object: thing } });
  const send = (rawBody: string, secret = STRIPE_WEBHOOK_SECRET) =>
    bench.service.call('POST', '/webhooks/stripe', {
      rawBody,
      headers: { 'stripe-signature': signWebhook(secret, rawBody) },
    });
  const intent = (change: object = {}) => ({
    id: 'pi_1',
    object: 'payment_intent',
    status: 'succeeded',
    amount: 1_500,
    amount_received: 1_500,
    currency: 'eur',
    created: 1_790_000_000,
    metadata: { order_id: orderId },
    ...change,
  });

  test('F23 forged is refused, sent twice has one effect, of another shop it is ignored', async () => {
    expect(await send(event(intent()), 'guessed')).toMatchObject({
      status: 401,
      body: { type: '/problems/signature-invalid' },
    });
    const body = event(intent());
    expect(await send(body)).toMatchObject({ status: 200, body: { outcome: 'nothing-new' } });
    expect(await send(body)).toMatchObject({ status: 200, body: { outcome: 'seen-before' } });
    for (const other of [event(intent({ metadata: {} })), event(intent(), 'customer.created'), '{}', '[]', '{']) {
      expect(await send(other)).toMatchObject({ status: 200, body: { outcome: 'of-no-concern' } });
    }
    expect(await bench.service.call('POST', '/webhooks/simulator', { rawBody: body })).toMatchObject({ status: 404 });
  });

  test('F23 many at once, timing out, sent twice and forged: every payment is as Stripe has it', () =>
    storm(bench, 40));
});

test('F48 the secret of Stripe’s webhooks is exchanged in its file: signed by the old one, by the new one and by neither, while it is exchanged', () =>
  exchangeWebhookSecret(bench, 'stripe', 'stripe-signature', 'STRIPE_WEBHOOK_SECRET', STRIPE_WEBHOOK_SECRET));
