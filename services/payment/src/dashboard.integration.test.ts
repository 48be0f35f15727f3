import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import { idOf } from './testing/payment-history.js';
import { startPaymentBench, type PaymentBench } from './testing/payment-bench.js';

/** The ledger is walked all the time, and what is waited for is looked at often. */
const WALKING = {
  PAYMENT_LEDGER_EVERY_MS: '1',
  PAYMENT_LEDGER_GRACE_MS: '100',
  PAYMENT_LEDGER_PER_SECOND: '1000',
  PAYMENT_REFUND_RETRY_LONGEST_MS: '400',
};
const HOUR_MS = 3_600_000;

/** An old account of Stripe shows the rest of what was captured in part as a refund. */
const REST = [
  ['', false],
  [' where the rest is shown as a refund', true],
] as const;
const WAYS = REST.flatMap(([of, rest]) =>
  (['with', 'without'] as const).map((webhooks) => [of, webhooks, rest] as const),
);

describe.each(['simulator', 'stripe'] as const)('through %s', (provider) => {
  let bench: PaymentBench;
  let orderId: string;
  beforeAll(async () => {
    bench = await startPaymentBench(WALKING, provider);
  });
  afterAll(() => bench.close());
  beforeEach(() => {
    orderId = newId();
  });
  afterEach(() => bench.proxy.passAll());

  const dashboard = async (path: string, body: object = {}): Promise<void> => {
    const headers = { 'content-type': 'application/json' };
    const url = `${bench.simulator.url}/dashboard${path}`;
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
  };
  const authorized = async (amount = 1_000): Promise<string> => {
    await bench.create(orderId, amount);
    await bench.answered(orderId, 1);
    return (await bench.payment(orderId)).providerReference ?? '';
  };
  const captured = async (amount = 1_000): Promise<string> => {
    const reference = await authorized(amount);
    await bench.confirm(orderId, amount);
    await bench.answered(orderId, 2);
    return reference;
  };
  const byHand = (reference: string, amount: number) => dashboard(`/authorizations/${reference}/refund`, { amount });
  /** Waits for a payment to stand so. */
  const stands = (what: object) =>
    bench.service.until(JSON.stringify(what), async () => {
      const payment = (await bench.payment(orderId)) as Readonly<Record<string, unknown>>;
      return Object.entries(what).every(([name, value]) => payment[name] === value);
    });
  const said = async (type: string) => (await bench.replies(orderId)).filter(([of]) => of === type);
  const differences = () => bench.service.sql('SELECT kind, order_id FROM ledger_difference');
  const ledgerAgrees = () => bench.service.until('the ledger agrees', async () => (await differences()).length === 0);
  const refundsThere = async () => (await bench.booked(orderId))[0]?.refunds ?? [];
  const isRefund = ({ method, path }: { method: string; path: string }) =>
    method === 'POST' && (path.endsWith('/refund') || path.endsWith('/refunds'));

  test('F27 a refund that is refused has failed, though more than its amount was given back by hand', async () => {
    const reference = await captured();
    await byHand(reference, 600);
    const refundId = newId();
    await bench.refund(orderId, refundId, 500);
    await bench.service.until('it is answered', async () => (await said('PAYMENT_REFUND_FAILED')).length === 1);
    expect(await said('PAYMENT_REFUNDED')).toEqual([]);
    expect(await said('PAYMENT_PROVIDER_REFUNDED')).toMatchObject([[expect.any(String), { amount: 600 }]]);
    expect(await bench.payment(orderId)).toMatchObject({
      status: 'PARTIALLY_REFUNDED',
      refundedAmount: 600,
      refunds: [{ amount: 600, refundId: null, by: 'provider', status: 'SUCCEEDED' }],
    });
  });

  test('F27 a refund whose request was lost is made, though more than its amount was given back by hand', async () => {
    const reference = await captured();
    await byHand(reference, 300);
    let lost = false;
    bench.proxy.fate = (request) => {
      if (!isRefund(request) || lost) return 'pass';
      lost = true;
      return 'hold-request';
    };
    const refundId = newId();
    await bench.refund(orderId, refundId, 200);
    await bench.service.until('it is answered', async () => (await said('PAYMENT_REFUNDED')).length === 1);
    expect((await refundsThere()).map(({ amount }) => amount)).toEqual([300, 200]);
    await stands({ refundedAmount: 500 });
  });

  test('F27 a refund after one that was sent back is made once, however often keys are forgotten', async () => {
    const reference = await captured();
    await bench.refund(orderId, newId(), 300);
    await bench.answered(orderId, 3);
    const [first] = await refundsThere();
    await dashboard(`/refunds/${first!.id}/update`, { status: 'FAILED', reason: 'lost_or_stolen_card' });
    let asked = 0;
    bench.proxy.fate = (request) => (isRefund(request) && (asked += 1) <= 3 ? 'lose-answer' : 'pass');
    await bench.refund(orderId, newId(), 200);
    await bench.service.until('it was asked for', () => asked > 0);
    await dashboard('/forget-keys');
    await bench.service.until('it is answered', async () => (await said('PAYMENT_REFUNDED')).length === 2);
    expect((await refundsThere()).map(({ amount, status }) => [amount, status])).toEqual([
      [300, 'FAILED'],
      [200, 'SUCCEEDED'],
    ]);
    await stands({ refundedAmount: 200, providerReference: reference });
    expect(await said('PAYMENT_REFUND_RETURNED')).toHaveLength(1);
  });

  test('F27 a refund that is sent back days later is reported, and its money counts as captured again', async () => {
    await captured();
    const refundId = newId();
    await bench.refund(orderId, refundId, 1_000);
    await bench.answered(orderId, 3);
    const [refund] = await refundsThere();
    await dashboard(`/refunds/${refund!.id}/update`, { status: 'FAILED', reason: 'lost_or_stolen_card' });
    await stands({ status: 'CAPTURED', refundedAmount: 0 });
    expect(await said('PAYMENT_REFUND_RETURNED')).toMatchObject([
      [expect.any(String), { refundId, amount: 1_000, reason: 'lost_or_stolen_card' }],
    ]);
    expect((await bench.payment(orderId)).refunds).toMatchObject([{ refundId, by: 'order', status: 'FAILED' }]);
  });

  test('a refund on its way is answered when it has arrived, or failed', async () => {
    for (const [status, type] of [
      ['SUCCEEDED', 'PAYMENT_REFUNDED'],
      ['FAILED', 'PAYMENT_REFUND_FAILED'],
    ] as const) {
      orderId = newId();
      await captured();
      await bench.restartSimulator({ behaviour: { pending: 100 }, laterMs: HOUR_MS });
      await bench.refund(orderId, newId(), 400);
      await stands({ status: 'PARTIALLY_REFUNDED', refundedAmount: 400 });
      expect(await bench.replies(orderId)).toHaveLength(2);
      const [refund] = await refundsThere();
      await dashboard(`/refunds/${refund!.id}/update`, { status });
      expect((await bench.answered(orderId, 3))[2]).toBe(type);
      await bench.restartSimulator();
    }
  });

  test('F44 a release gives back what was not given back by hand, and waits for what is on its way', async () => {
    const reference = await captured();
    await byHand(reference, 300);
    await bench.restartSimulator({ behaviour: { pending: 100 }, laterMs: HOUR_MS });
    const commandId = await bench.release(orderId);
    await stands({ status: 'REFUNDED' });
    expect(await said('PAYMENT_RELEASE')).toEqual([]);
    const ours = (await bench.payment(orderId)).refunds.filter(({ refundId }) => refundId === commandId);
    expect(ours).toMatchObject([{ amount: 700, status: 'PENDING' }]);
    // the first one fails, and another is asked for
    await dashboard(`/refunds/${ours[0]!.id}/update`, { status: 'FAILED' });
    await bench.service.until('another was asked for', async () => (await refundsThere()).length === 3);
    const [last] = (await refundsThere()).slice(-1);
    expect(last).toMatchObject({ amount: 700, status: 'PENDING' });
    await dashboard(`/refunds/${last!.id}/update`, { status: 'SUCCEEDED' });
    await bench.service.until('it is answered', async () => (await said('PAYMENT_RELEASE')).length === 1);
    expect(await said('PAYMENT_RELEASE')).toMatchObject([
      [expect.any(String), { voided: false, refundedAmount: 1_000 }],
    ]);
    await bench.restartSimulator();
  });

  test.each(REST)('a capture of less than was asked is taken as what it is%s', async (_of, restAsRefund) => {
    const reference = await authorized(1_000);
    await dashboard(`/authorizations/${reference}/capture`, { amount: 900, restAsRefund });
    const commandId = await bench.confirm(orderId, 1_000);
    await bench.service.until('it is answered', async () => (await said('PAYMENT_CONFIRM')).length === 1);
    expect(await said('PAYMENT_CONFIRM')).toEqual([['PAYMENT_CONFIRM', { commandId, capturedAmount: 900 }]]);
    await bench.release(orderId);
    await bench.service.until('it is released', async () => (await said('PAYMENT_RELEASE')).length === 1);
    expect(await said('PAYMENT_RELEASE')).toMatchObject([[expect.any(String), { refundedAmount: 900 }]]);
    expect(await said('PAYMENT_PROVIDER_REFUNDED')).toEqual([]);
    expect(await bench.booked(orderId)).toMatchObject([{ capturedAmount: 900, refundedAmount: 900 }]);
    await ledgerAgrees();
    // as it would be if the rest had been taken for given back
    const book = (refunded: number) =>
      bench.service.sql('UPDATE payment SET refunded_amount = $2 WHERE order_id = $1', [orderId, refunded]);
    await book(800);
    await bench.service.until('the ledger differs', async () => (await differences()).length === 1);
    expect(await differences()).toMatchObject([{ kind: 'charge_refunds', order_id: orderId }]);
    await book(900);
    await ledgerAgrees();
  });

  test.each(WAYS)(
    'what was not captured at the dashboard is not given back, a refund by hand of as much is%s, %s webhooks',
    async (_of, webhooks, restAsRefund) => {
      await bench.restartSimulator(
        webhooks === 'with' ? { ...bench.webhookOptions(), behaviour: { duplicates: 100 } } : {},
      );
      const reference = await authorized(1_000);
      await dashboard(`/authorizations/${reference}/capture`, { amount: 600, restAsRefund });
      await stands({ status: 'CAPTURED', capturedAmount: 600, refundedAmount: 0 });
      await byHand(reference, 400);
      await stands({ status: 'PARTIALLY_REFUNDED', refundedAmount: 400 });
      await bench.release(orderId);
      await bench.service.until('it is released', async () => (await said('PAYMENT_RELEASE')).length === 1);
      expect(await said('PAYMENT_PROVIDER_REFUNDED')).toMatchObject([[expect.any(String), { amount: 400 }]]);
      expect(await said('PAYMENT_RELEASE')).toMatchObject([[expect.any(String), { refundedAmount: 600 }]]);
      expect(await bench.booked(orderId)).toMatchObject([{ status: 'REFUNDED', refundedAmount: 600 }]);
      await ledgerAgrees();
      await bench.restartSimulator();
    },
  );

  test.each(['with', 'without'] as const)(
    'what is done at the dashboard is taken over, once each, %s webhooks',
    async (webhooks) => {
      await bench.restartSimulator(
        webhooks === 'with' ? { ...bench.webhookOptions(), behaviour: { duplicates: 100 } } : {},
      );
      const voided = await authorized();
      await dashboard(`/authorizations/${voided}/void`);
      await stands({ status: 'VOIDED' });
      expect(await said('PAYMENT_PROVIDER_VOIDED')).toHaveLength(1);

      orderId = newId();
      const taken = await authorized();
      await dashboard(`/authorizations/${taken}/capture`, { amount: 400 });
      await stands({ status: 'CAPTURED', capturedAmount: 400 });
      expect(await said('PAYMENT_PROVIDER_CAPTURED')).toMatchObject([[expect.any(String), { capturedAmount: 400 }]]);
      await byHand(taken, 100);
      await stands({ status: 'PARTIALLY_REFUNDED', refundedAmount: 100 });
      await byHand(taken, 300);
      await stands({ status: 'REFUNDED', refundedAmount: 400 });
      const first = (await bench.payment(orderId)).refunds.find(({ amount }) => amount === 100);
      await dashboard(`/refunds/${first!.id}/update`, { status: 'FAILED', reason: 'declined' });
      await stands({ status: 'PARTIALLY_REFUNDED', refundedAmount: 300 });
      expect((await said('PAYMENT_PROVIDER_REFUNDED')).map(([, payload]) => payload)).toMatchObject([
        { amount: 100, providerRefundId: first!.id },
        { amount: 300 },
      ]);
      expect(await said('PAYMENT_PROVIDER_REFUND_RETURNED')).toMatchObject([
        [expect.any(String), { providerRefundId: first!.id, amount: 100, reason: 'declined' }],
      ]);

      await dashboard(`/authorizations/${taken}/dispute`, { amount: 200, reason: 'fraudulent', inquiry: true });
      const disputes = async () => (await bench.payment(orderId)).disputes;
      const dispute = (status: string, withheldAmount: number) =>
        bench.service.until(`a dispute is ${status}`, async () =>
          (await disputes()).some((one) => one.status === status && one.withheldAmount === withheldAmount),
        );
      await dispute('OPEN', 0);
      const [{ id: disputeId } = { id: '' }] = await disputes();
      await dashboard(`/disputes/${disputeId}/escalate`);
      await dispute('OPEN', 200);
      await dashboard(`/disputes/${disputeId}/close`, { outcome: 'LOST' });
      await dispute('LOST', 200);
      expect((await said('PAYMENT_DISPUTED')).map(([, payload]) => payload)).toMatchObject([
        { disputeId, amount: 200, withheldAmount: 0, reason: 'fraudulent' },
        { disputeId, amount: 200, withheldAmount: 200 },
      ]);
      expect(await said('PAYMENT_DISPUTE_CLOSED')).toMatchObject([
        [expect.any(String), { disputeId, withheldAmount: 200, outcome: 'LOST' }],
      ]);
      // a check of the ledger may have come between what was done and its webhook: the next one finds nothing
      await ledgerAgrees();
      await bench.restartSimulator();
    },
  );

  test('F15 an order that is older than the keys its provider remembers is looked up before it is charged', async () => {
    orderId = idOf(Date.now() - 3 * HOUR_MS);
    const [create, confirm, refund, refundId] = [newId(), newId(), newId(), idOf(Date.now() - 2 * HOUR_MS)];
    const asked = async (answers: number): Promise<void> => {
      await bench.create(orderId, 1_000, create);
      await bench.confirm(orderId, 1_000, confirm);
      await bench.refund(orderId, refundId, 300, refund);
      await bench.answered(orderId, answers);
    };
    await asked(3);
    // the database as it was before all that, and a provider that has forgotten the keys of then
    await bench.service.sql('DELETE FROM refund WHERE payment_id IN (SELECT id FROM payment WHERE order_id = $1)', [
      orderId,
    ]);
    await bench.service.sql('DELETE FROM payment_command WHERE order_id = $1', [orderId]);
    await bench.service.sql('DELETE FROM payment WHERE order_id = $1', [orderId]);
    await dashboard('/forget-keys');
    // and cannot be reached at first: not being answered is no reason to charge either
    let lookups = 0;
    bench.proxy.fate = ({ method }) => (method === 'GET' && (lookups += 1) <= 3 ? 'lose-answer' : 'pass');
    await asked(6);
    const [again] = [(await bench.replies(orderId)).slice(3)];
    expect(again.map(([type]) => type)).toEqual(['PAYMENT_CREATION_SUCCEEDED', 'PAYMENT_CONFIRM', 'PAYMENT_REFUNDED']);
    expect(await bench.booked(orderId)).toMatchObject([{ capturedAmount: 1_000, refundedAmount: 300 }]);
    expect(await refundsThere()).toHaveLength(1);
  });
});
