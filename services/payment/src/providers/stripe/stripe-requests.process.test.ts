import { setTimeout as sleep } from 'node:timers/promises';
import { fixedCredential } from '@outrider/connections';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { findStripeMock, startStripeMock, type StripeMock } from '../../testing/stripe-mock.js';
import { STRIPE_API_VERSION, StripeProvider } from './stripe-provider.js';

const path = await findStripeMock();
if (path === undefined) process.stderr.write('  no stripe-mock: the shape of requests to Stripe is not tested here\n');

(path === undefined ? describe.skip : describe)('what is sent to Stripe (needs stripe-mock)', () => {
  let mock: StripeMock;
  beforeAll(async () => {
    mock = await startStripeMock(path ?? '');
  });
  afterAll(() => mock.close());

  test.each([['https://shop.example/back'], [undefined]])(
    'is a request of its published API each time, sent back to %s',
    async (returnUrl) => {
      const provider = new StripeProvider({
        secretKey: fixedCredential('sk_test_outrider'),
        webhookSecrets: fixedCredential(['whsec_none']),
        apiBase: mock.url,
        returnUrl,
        timeoutMs: 10_000,
        actionMs: 60_000,
        toleranceMs: 300_000,
      });
      const change = { key: newId(), reference: 'pi_1', amount: 1_200, currency: 'EUR' };
      const asked = { key: newId(), orderId: newId(), amount: 1_200, currency: 'EUR', paymentMethod: 'pm_card_visa' };
      const span = { createdFrom: new Date(0), createdTo: new Date() };
      const since = mock.log.length;
      // it answers with an example of each thing, which is not the one that was asked for: only the requests count
      await provider.authorize(asked);
      await provider.capture({ ...change, key: newId() });
      await provider.void({ ...change, key: newId() });
      await provider.refund({ ...change, key: newId(), orderId: newId(), refundId: newId() });
      await provider.lookup({ reference: 'pi_1' });
      await provider.lookup({ key: asked.key });
      expect(await provider.list(span)).toMatchObject({ kind: 'page' });
      expect(await provider.list({ ...span, after: 'pi_1' })).toMatchObject({ kind: 'page' });
      provider.close();
      // the log of an answer may be read after the answer
      const answers = () => mock.log.slice(since).filter((line) => line.startsWith('Response: '));
      while (answers().length < 9) await sleep(10);
      expect(mock.log.slice(since).filter((line) => line.startsWith('Request: '))).toEqual([
        'Request: POST /v1/payment_intents',
        'Request: POST /v1/payment_intents/pi_1/capture',
        'Request: POST /v1/payment_intents/pi_1/cancel',
        'Request: POST /v1/refunds',
        'Request: GET /v1/payment_intents/pi_1',
        'Request: GET /v1/payment_intents/search',
        // the one that was found
        expect.stringMatching(/^Request: GET \/v1\/payment_intents\/pi_\w+$/u),
        'Request: GET /v1/payment_intents',
        'Request: GET /v1/payment_intents',
      ]);
      expect(answers().filter((line) => !line.endsWith('status=200'))).toEqual([]);
    },
  );

  test('a field that Stripe does not know is refused: the mock checks them', async () => {
    const response = await fetch(`${mock.url}/v1/refunds`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_outrider', 'stripe-version': STRIPE_API_VERSION },
      body: new URLSearchParams({ payment_intent: 'pi_1', amuont: '5' }),
    });
    expect(response.status).toBe(400);
  });
});
