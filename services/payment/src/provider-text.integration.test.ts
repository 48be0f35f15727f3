import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { signWebhook } from '@outrider/testkit/simulator';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  startPaymentBench,
  STRIPE_WEBHOOK_SECRET,
  WEBHOOK_SECRET,
  type PaymentBench,
} from './testing/payment-bench.js';

/** A NUL, a control character, half a character, a line break, too much of it, and a character where it is cut. */
const ODD = ['\u0000', 'a\u0007b', '\ud800', 'x\r\ny', 'z'.repeat(3_000), `${'z'.repeat(299)}😀`];
const time = '2026-01-01T00:00:00.000Z';

/** Sends a provider's webhook whose text is none that a database or an event could hold. */
async function send(bench: PaymentBench, provider: 'simulator' | 'stripe', body: object): Promise<number> {
  const rawBody = JSON.stringify(body);
  const [header, secret] =
    provider === 'stripe' ? ['stripe-signature', STRIPE_WEBHOOK_SECRET] : ['simulator-signature', WEBHOOK_SECRET];
  const headers = { [header]: signWebhook(secret, rawBody) };
  return (await bench.service.call('POST', `/webhooks/${provider}`, { rawBody, headers })).status;
}

describe('F34 whatever text the simulator sends', () => {
  let bench: PaymentBench;
  beforeAll(async () => {
    bench = await startPaymentBench({ LOG_LEVEL: 'silent' });
  });
  afterAll(() => bench.close());

  test('in any place of a webhook, it is no error here, and what can be shown is one line', async () => {
    const orderId = newId();
    await bench.create(orderId);
    await bench.confirm(orderId);
    await bench.answered(orderId, 2);
    const [{ id, ...entry } = { id: '' }] = await bench.booked(orderId);
    for (const odd of ODD) {
      const refund = {
        id: `re_${newId()}`,
        amount: 1,
        status: 'SUCCEEDED',
        reason: null,
        metadata: {},
        createdAt: time,
      };
      const dispute = {
        id: `dp_${newId()}`,
        amount: 1,
        withheldAmount: 1,
        reason: 'general',
        status: 'OPEN',
        respondBy: null,
        createdAt: time,
      };
      const data = { ...entry, id, reason: null, redirectUrl: null, refunds: [refund], disputes: [dispute] };
      for (const body of [
        { id: odd, data },
        { data: { ...data, id: odd } },
        { data: { ...data, reference: odd } },
        { data: { ...data, reason: odd, redirectUrl: odd } },
        { data: { ...data, refunds: [{ ...refund, id: odd }] } },
        { data: { ...data, refunds: [{ ...refund, metadata: { refund_id: odd, [odd]: odd } }] } },
        { data: { ...data, refunds: [{ ...refund, id: `re_${newId()}`, status: 'FAILED', reason: odd }] } },
        { data: { ...data, disputes: [{ ...dispute, id: odd }] } },
        { data: { ...data, disputes: [{ ...dispute, reason: odd }] } },
      ]) {
        expect([odd, body, await send(bench, 'simulator', { id: `evt_${newId()}`, type: 'x', ...body })]).toEqual([
          odd,
          body,
          200,
        ]);
      }
    }
    const { refunds, disputes } = await bench.payment(orderId);
    expect(refunds.length).toBeGreaterThan(ODD.length);
    expect(disputes.length).toBeGreaterThanOrEqual(ODD.length);
    const lines = [...refunds.map(({ reason }) => reason ?? '-'), ...disputes.map(({ reason }) => reason)];
    for (const line of lines) expect(line).toMatch(/^[^\p{Cc}\p{Cs}]{1,300}$/u);
  });
});

describe('F34 whatever text Stripe sends', () => {
  let bench: PaymentBench;
  let stripe: Server;
  let intent: (orderId: string, path: string) => object = () => ({});
  beforeAll(async () => {
    stripe = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const orderId = new URLSearchParams(body).get('metadata[order_id]') ?? '';
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify(intent(orderId, request.url ?? '')));
      });
    });
    await new Promise<void>((resolve) => stripe.listen(0, '127.0.0.1', resolve));
    bench = await startPaymentBench({ LOG_LEVEL: 'silent' }, 'stripe');
    bench.proxy.upstream = `http://127.0.0.1:${(stripe.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    stripe.closeAllConnections();
    stripe.close();
    await bench.close();
  });

  const shown = (orderId: string, fields: object) => ({
    id: 'pi_1',
    object: 'payment_intent',
    amount: 1_500,
    amount_received: 0,
    currency: 'eur',
    created: 1_790_000_000,
    metadata: { order_id: orderId },
    ...fields,
  });

  test.each(['javascript:alert(1)', 'data:text/html,x', 'ftp://bank.example/', '//bank.example', '\u0000', ...ODD])(
    'no customer is sent to %p: the payment is closed',
    async (url) => {
      const orderId = newId();
      intent = (of, path) => {
        if (path.endsWith('/cancel')) return shown(of, { status: 'canceled' });
        const next_action = { type: 'redirect_to_url', redirect_to_url: { url } };
        return shown(of, { status: 'requires_action', next_action, client_secret: '\u0000' });
      };
      await bench.create(orderId);
      expect(await bench.answered(orderId, 1)).toEqual(['PAYMENT_CREATION_FAILED']);
      expect(await bench.payment(orderId)).toMatchObject({ status: 'VOIDED', code: 'authentication-failed' });
    },
  );

  test('in any place of a webhook, it is no error here', async () => {
    const orderId = newId();
    const refund = { id: 're_1', amount: 1, currency: 'eur', created: 1, payment_intent: 'pi_1', status: 'failed' };
    const dispute = { ...refund, id: 'dp_1', reason: 'general', status: 'lost' };
    for (const odd of ODD) {
      for (const [type, object] of [
        ['payment_intent.requires_action', shown(orderId, { status: 'requires_action', client_secret: odd })],
        ['payment_intent.succeeded', shown(orderId, { id: odd, status: 'succeeded' })],
        [
          'payment_intent.payment_failed',
          shown(orderId, { status: 'requires_payment_method', last_payment_error: { code: odd } }),
        ],
        ['refund.failed', { ...refund, failure_reason: odd, metadata: { refund_id: odd, order_id: odd } }],
        ['refund.failed', { ...refund, id: odd }],
        ['refund.failed', { ...refund, payment_intent: odd, currency: odd }],
        ['charge.dispute.closed', { ...dispute, reason: odd, status: odd }],
        ['charge.dispute.closed', { ...dispute, payment_intent: odd }],
        [odd, {}],
      ] as const) {
        const event = { id: `evt_${newId()}`, type, data: { object } };
        expect([type, object, await send(bench, 'stripe', event)]).toEqual([type, object, 200]);
      }
    }
  });
});
