import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { startPaymentBench, WEBHOOK_SECRET, type PaymentBench } from './testing/payment-bench.js';

let bench: PaymentBench;
let orderId: string;

/** Has the simulator ask each customer to act, with or without webhooks to the service. */
const asking = (webhooks: 'with' | 'without') =>
  bench.restartSimulator({
    behaviour: { actions: 100 },
    ...(webhooks === 'with' && {
      webhooks: { url: `${bench.service.url}/webhooks/simulator`, secret: WEBHOOK_SECRET },
    }),
  });
/** What order received: what its customer must do. */
const asked = async (): Promise<{ commandId: string; redirectUrl: string; expiresAt: string; paymentId: string }> => {
  expect(await bench.answered(orderId, 1)).toEqual(['PAYMENT_ACTION_REQUIRED']);
  return (await bench.replies(orderId))[0]![1] as never;
};
/** What the customer does. */
const act = async (outcome: 'approve' | 'deny', { redirectUrl }: { redirectUrl: string }): Promise<number> =>
  (
    await fetch(redirectUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ outcome }),
    })
  ).status;

beforeEach(() => {
  orderId = newId();
});

describe('a customer who has time', () => {
  beforeAll(async () => {
    bench = await startPaymentBench();
  });
  afterAll(() => bench.close());
  afterEach(() => bench.proxy.passAll());

  test.each(['with', 'without'] as const)('F46 and approves has paid, %s webhooks', async (webhooks) => {
    await asking(webhooks);
    const commandId = await bench.create(orderId);
    const action = await asked();
    const payment = await bench.payment(orderId);
    expect(payment.status).toBe('ACTION_REQUIRED');
    expect(action).toMatchObject({ commandId, paymentId: payment.id });
    expect(Date.parse(action.expiresAt)).toBeGreaterThan(Date.now());
    expect(await act('approve', action)).toBe(200);
    expect(await bench.answered(orderId, 2)).toEqual(['PAYMENT_ACTION_REQUIRED', 'PAYMENT_CREATION_SUCCEEDED']);
    await bench.confirm(orderId);
    expect((await bench.answered(orderId, 3))[2]).toBe('PAYMENT_CONFIRM');
    expect(await bench.booked(orderId)).toMatchObject([{ status: 'CAPTURED', capturedAmount: 1_500 }]);
  });

  test('F46 and denies has the payment declined', async () => {
    await asking('with');
    await bench.create(orderId);
    expect(await act('deny', await asked())).toBe(200);
    expect(await bench.answered(orderId, 2)).toEqual(['PAYMENT_ACTION_REQUIRED', 'PAYMENT_CREATION_FAILED']);
    expect(await bench.payment(orderId)).toMatchObject({ status: 'DECLINED', reason: 'denied_by_customer' });
  });

  test('F46 the webhooks come first: both are applied before the answer, which changes nothing then', async () => {
    await asking('with');
    bench.proxy.fate = ({ method }) => (method === 'POST' ? 'hold-answer' : 'lose-answer');
    await bench.create(orderId);
    expect(await act('approve', await asked())).toBe(200);
    expect(await bench.answered(orderId, 2)).toEqual(['PAYMENT_ACTION_REQUIRED', 'PAYMENT_CREATION_SUCCEEDED']);
    await bench.proxy.passAll();
    await bench.confirm(orderId);
    expect((await bench.answered(orderId, 3))[2]).toBe('PAYMENT_CONFIRM');
    expect(await bench.payment(orderId)).toMatchObject({ status: 'CAPTURED' });
  });

  test('F46 the answer was lost, and the customer acts before it is looked up: nobody is asked twice', async () => {
    await asking('without');
    bench.proxy.fate = () => 'lose-answer';
    await bench.create(orderId);
    await bench.service.until('it is asked for', async () => (await bench.booked(orderId)).length === 1);
    const [{ id } = { id: '' }] = await bench.booked(orderId);
    await act('approve', { redirectUrl: `${bench.simulator.url}/authorizations/${id}/act` });
    bench.proxy.fate = () => 'pass';
    expect(await bench.answered(orderId, 1)).toEqual(['PAYMENT_CREATION_SUCCEEDED']);
  });

  test.each([
    ['has not acted', false],
    ['has just approved, which has not been reported yet', true],
  ])('F46 and whose order is cancelled pays nothing: one who %s', async (_what, approves) => {
    await asking('without');
    await bench.create(orderId);
    const action = await asked();
    // from here on it cannot be looked up
    bench.proxy.fate = ({ method }) => (method === 'GET' ? 'lose-answer' : 'pass');
    if (approves) await act('approve', action);
    await bench.release(orderId);
    expect(await bench.answered(orderId, 3)).toEqual([
      'PAYMENT_ACTION_REQUIRED',
      'PAYMENT_CREATION_FAILED',
      'PAYMENT_RELEASE',
    ]);
    expect((await bench.replies(orderId))[2]![1]).toMatchObject({ voided: true, refundedAmount: 0 });
    expect(await bench.booked(orderId)).toMatchObject([{ status: 'VOIDED', capturedAmount: 0 }]);
    expect(await act('approve', action)).toBe(approves ? 200 : 409);
    expect(await bench.payment(orderId)).toMatchObject({ status: 'VOIDED' });
  });

  test('F42 is reported again when order asks again', async () => {
    await asking('without');
    const commandId = await bench.create(orderId);
    const action = await asked();
    await bench.create(orderId, 1_500, commandId);
    await bench.answered(orderId, 2);
    expect((await bench.replies(orderId))[1]).toEqual(['PAYMENT_ACTION_REQUIRED', action]);
    expect(await bench.booked(orderId)).toHaveLength(1);
  });
});

describe('a customer whose time is over', () => {
  beforeAll(async () => {
    bench = await startPaymentBench({ PAYMENT_ACTION_MS: '800' });
  });
  afterAll(() => bench.close());

  test('F46 has not paid, and cannot any more', async () => {
    await asking('with');
    await bench.create(orderId);
    const action = await asked();
    expect(await bench.answered(orderId, 2)).toEqual(['PAYMENT_ACTION_REQUIRED', 'PAYMENT_CREATION_FAILED']);
    expect((await bench.replies(orderId))[1]![1]).toMatchObject({ reason: 'the customer did not act in time' });
    expect(await act('approve', action)).toBe(409);
    await bench.release(orderId);
    expect((await bench.answered(orderId, 3))[2]).toBe('PAYMENT_RELEASE');
    expect(await bench.booked(orderId)).toMatchObject([{ status: 'VOIDED', capturedAmount: 0 }]);
    expect(await bench.payment(orderId)).toMatchObject({ status: 'VOIDED' });
  });

  test('F46 and who approved at the last moment, which has not been reported yet, is not charged', async () => {
    await asking('without');
    await bench.create(orderId);
    const action = await asked();
    const [{ id } = { id: '' }] = await bench.booked(orderId);
    bench.proxy.fate = ({ path }) => (path.endsWith('/void') ? 'hold-request' : 'pass');
    const seen = (): boolean => bench.proxy.seen.some((line) => line.endsWith('/void') && line.includes(id));
    await bench.service.until('it is to be voided', seen);
    bench.proxy.fate = () => 'pass';
    expect(await act('approve', action)).toBe(200);
    await bench.proxy.letGo();
    expect((await bench.answered(orderId, 2))[1]).toBe('PAYMENT_CREATION_FAILED');
    expect(await bench.booked(orderId)).toMatchObject([{ status: 'VOIDED', capturedAmount: 0 }]);
  });
});
