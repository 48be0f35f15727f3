import { describe, expect, test } from '@jest/globals';
import { awaitsRefund, isConclusive } from './outcome.js';
import type { Payment } from './payment.js';
import { REQUESTS, applied, at, captured, given, no, refund, shows, tried } from './testing/answers.js';

describe('a refund', () => {
  const running = tried('REFUND', 'REFUND', 400);
  const { refundId } = REQUESTS.REFUND;

  test('in part is answered with its amount', () => {
    expect(applied(captured, running, [], shows(given(refund(400, { refundId }))))).toMatchObject({
      payment: { status: 'PARTIALLY_REFUNDED', refundedAmount: 400 },
      answered: [{ reply: { type: 'PAYMENT_REFUNDED', payload: { refundId, amount: 400 } } }],
      facts: [],
    });
  });

  test('F27 that is refused has failed, whatever others have given back', () => {
    for (const [record, refundedAmount] of [
      [given(), 0],
      [given(refund(400)), 400],
      [given(refund(900)), 900],
    ] as const) {
      const { payment, answered, facts } = applied(captured, running, [], no(record));
      expect(payment).toMatchObject({ refundedAmount });
      expect(answered).toMatchObject([
        { reply: { type: 'PAYMENT_REFUND_FAILED', payload: { code: 'refund-failed' } } },
      ]);
      expect(facts).toHaveLength(refundedAmount === 0 ? 0 : 1);
    }
  });

  test('F27 that is refused because it was done before, under its id, counts as done', () => {
    const record = given(refund(400, { refundId }), refund(500, { id: 're_2' }));
    expect(applied(captured, running, [], no(record))).toMatchObject({
      payment: { status: 'REFUNDED', refundedAmount: 900 },
      answered: [{ reply: { type: 'PAYMENT_REFUNDED', payload: { amount: 400 } } }],
      facts: [{ type: 'PAYMENT_PROVIDER_REFUNDED', payload: { providerRefundId: 're_2', amount: 500 } }],
    });
  });

  test('F27 that the answer does not show stays in doubt, also where a sum would fit', () => {
    expect(applied(captured, running, [], shows(given(refund(400))))).toMatchObject({
      payment: { status: 'IN_DOUBT', refundedAmount: 400 },
      answered: [],
      next: { inDoubt: true, round: 0 },
    });
    expect(isConclusive(captured, running, { ...at, ...given(refund(400)) })).toBe(false);
  });

  test('on its way is waited for; then it has arrived, or failed', () => {
    const pending = refund(400, { refundId, status: 'PENDING' });
    const waiting = applied(captured, running, [], shows(given(pending)));
    expect(waiting).toMatchObject({
      answered: [],
      payment: { status: 'PARTIALLY_REFUNDED' },
      next: { operation: { kind: 'REFUND', amount: 400 }, round: 0, when: 'slow', inDoubt: false },
    });
    expect(awaitsRefund(waiting.payment, running)).toBe(true);
    // a webhook decides it if it shows a change of its id, and only then
    expect(isConclusive(captured, running, { ...at, ...given(pending) })).toBe(true);
    expect(isConclusive(waiting.payment, running, { ...at, ...given(pending) })).toBe(false);
    expect(isConclusive(waiting.payment, running, { ...at, ...given({ ...pending, status: 'FAILED' }) })).toBe(true);
    expect(applied(waiting.payment, running, [], shows(given({ ...pending, status: 'SUCCEEDED' })))).toMatchObject({
      answered: [{ reply: { type: 'PAYMENT_REFUNDED' } }],
    });
    for (const status of ['FAILED', 'CANCELED'] as const) {
      expect(applied(waiting.payment, running, [], shows(given({ ...pending, status })))).toMatchObject({
        payment: { status: 'CAPTURED', refundedAmount: 0 },
        answered: [{ reply: { type: 'PAYMENT_REFUND_FAILED' } }],
        facts: [],
      });
    }
  });

  test('that an older version made has no id, and is not taken for another one', () => {
    const before: Payment = { ...captured, status: 'PARTIALLY_REFUNDED', refundedAmount: 300 };
    const shown = given(refund(300), refund(400, { id: 're_2', refundId }));
    expect(applied(before, running, [], shows(shown))).toMatchObject({
      payment: {
        refundedAmount: 700,
        refunds: [
          { id: 're_1', by: 'order' },
          { id: 're_2', by: 'order' },
        ],
      },
      facts: [],
    });
  });
});
