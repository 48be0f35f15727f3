import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EXAMPLE, examplesOf, newId, webhookSchema } from '@outrider/contracts';
import { ApiBook, provokeEdges, type ApiRequest } from '@outrider/service-kit/testing';
import { signWebhook } from '@outrider/testkit/simulator';
import { READ_KEY, startPaymentBench, WEBHOOK_SECRET, type PaymentBench } from '../testing/payment-bench.js';

let bench: PaymentBench;
let book: ApiBook;

beforeAll(async () => {
  bench = await startPaymentBench({ LOG_LEVEL: 'silent' });
  book = await ApiBook.open(bench.service);
});
afterAll(() => bench.close());

const example = examplesOf(webhookSchema)['simulator'] as object;
const seconds = (): number => Math.floor(Date.now() / 1000);

/** A webhook as the simulator would send it now. */
function webhook(body: object = { ...example, id: `evt_${newId()}` }, signature?: string): ApiRequest {
  const rawBody = JSON.stringify(body);
  const headers = { 'simulator-signature': signature ?? signWebhook(WEBHOOK_SECRET, rawBody) };
  return { params: { provider: 'simulator' }, rawBody, headers };
}

describe('every answer is as the document says, and every documented answer is seen', () => {
  test('reading', async () => {
    const orderId = newId();
    await bench.create(orderId);
    await bench.answered(orderId, 1);
    const { body } = await book.call('getPayments', { apiKey: READ_KEY, query: { orderId } });
    expect(body.data).toHaveLength(1);
  });

  test('a webhook that is signed as the provider does it is taken, and once', async () => {
    const first = await book.call('receiveWebhook', webhook(example));
    expect(first).toMatchObject({ status: 200, body: { outcome: 'nothing-new' } });
    const kept = 'SELECT order_id FROM provider_event';
    expect(await bench.service.sql(kept)).toEqual([{ order_id: EXAMPLE.orderId }]);
    const again = await book.call('receiveWebhook', webhook(example));
    expect(again).toMatchObject({ status: 200, body: { outcome: 'seen-before' } });
    expect(await bench.service.sql(kept)).toHaveLength(1);
    const other = await book.call('receiveWebhook', webhook({ type: 'something else' }));
    expect(other).toMatchObject({ status: 200, body: { outcome: 'of-no-concern' } });
  });

  test('F23 a webhook that is forged, or of another time than now, is refused unread', async () => {
    const body = { ...example, id: `evt_${newId()}` };
    const text = JSON.stringify(body);
    for (const signature of [
      '',
      'v1=x',
      signWebhook('a guess', text),
      signWebhook(WEBHOOK_SECRET, `${text} `),
      signWebhook(WEBHOOK_SECRET, text, seconds() - 301),
      signWebhook(WEBHOOK_SECRET, text, seconds() + 310),
    ]) {
      const answer = await book.call('receiveWebhook', webhook(body, signature));
      expect(answer).toMatchObject({ status: 401, body: { type: '/problems/signature-invalid' } });
    }
    expect(await bench.service.sql('SELECT 1 FROM provider_event WHERE event_id=$1', [body.id])).toEqual([]);
    const inTime = signWebhook(WEBHOOK_SECRET, text, seconds() - 290);
    expect((await book.call('receiveWebhook', webhook(body, inTime))).status).toBe(200);
  });

  test('a webhook of a provider that is not in use is not found', async () => {
    for (const provider of ['stripe', 'SIMULATOR', 'x'.repeat(100)]) {
      const answer = await book.call('receiveWebhook', { ...webhook(), params: { provider } });
      expect(answer).toMatchObject({ status: 404, body: { type: '/problems/not-found' } });
    }
    for (const provider of ['x'.repeat(101), 'x'.repeat(501)]) {
      expect((await book.call('receiveWebhook', { ...webhook(), params: { provider } })).status).toBe(400);
    }
  });

  test('what any operation may be answered with', () =>
    provokeEdges(book, {
      getPayments: () => ({ apiKey: READ_KEY, query: { orderId: newId() } }),
      receiveWebhook: () => webhook(),
    }));

  test('every documented answer was seen', () => expect(book.unseen()).toEqual([]));
});
