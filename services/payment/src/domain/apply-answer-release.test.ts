import { describe, expect, test } from '@jest/globals';
import { awaitsRefund, isConclusive } from './outcome.js';
import { ACTION, applied, at, authorized, captured, given, no, refund, shows, tried } from './testing/answers.js';

describe('a release', () => {
  const releasing = { ...authorized, released: true };

  test('that voids is answered', () => {
    expect(applied(releasing, tried('RELEASE', 'VOID'), [], shows({ status: 'VOIDED' }))).toMatchObject({
      payment: { status: 'VOIDED' },
      answered: [{ reply: { type: 'PAYMENT_RELEASE', payload: { voided: true, refundedAmount: 0 } } }],
    });
  });

  test('whose void is refused because it was captured refunds instead, and says that it was', () => {
    const { next, answered, facts } = applied(
      releasing,
      tried('RELEASE', 'VOID', 900, { tries: 5 }),
      [],
      no({ status: 'CAPTURED', capturedAmount: 900 }),
    );
    expect(answered).toEqual([]);
    expect(facts).toMatchObject([{ type: 'PAYMENT_PROVIDER_CAPTURED', payload: { capturedAmount: 900 } }]);
    expect(next).toMatchObject({ operation: { kind: 'REFUND', amount: 900 }, round: 1, tries: 0, when: 'now' });
  });

  test('that is refused without a reason to see is tried again under a new key, forever', () => {
    const { next, payment } = applied(releasing, tried('RELEASE', 'VOID', 900, { tries: 50, round: 3 }), [], no({}));
    expect(next).toMatchObject({ when: 'later', round: 4, tries: 51 });
    expect(payment.status).toBe('AUTHORIZED');
  });

  test('F44 whose void is refused while the customer can try another card closes it first', () => {
    const { next, answered } = applied(
      { ...releasing, status: 'ACTION_REQUIRED', action: ACTION },
      tried('RELEASE', 'VOID'),
      [],
      no({ status: 'DECLINED', reason: 'insufficient_funds', open: true }),
    );
    expect(answered).toEqual([]);
    expect(next).toMatchObject({ operation: { kind: 'VOID' }, round: 1, when: 'later' });
  });

  test('that refunds is answered with the amount', () => {
    const running = tried('RELEASE', 'REFUND');
    const record = shows(given(refund(900, { refundId: running.commandId })));
    expect(applied({ ...captured, released: true }, running, [], record)).toMatchObject({
      payment: { status: 'REFUNDED' },
      answered: [{ reply: { payload: { voided: false, refundedAmount: 900 } } }],
      facts: [],
    });
  });

  test('F27 asks for what is left when some was given back by hand, and says so', () => {
    const byHand = refund(300);
    expect(applied({ ...captured, released: true }, tried('RELEASE', 'REFUND'), [], no(given(byHand)))).toMatchObject({
      answered: [],
      facts: [{ type: 'PAYMENT_PROVIDER_REFUNDED', payload: { providerRefundId: 're_1', amount: 300 } }],
      payment: { refundedAmount: 300 },
      next: { operation: { kind: 'REFUND', amount: 600 }, round: 1, when: 'now' },
    });
  });

  test('F27 is answered when its refund has arrived, and asks again when it failed', () => {
    const running = tried('RELEASE', 'REFUND');
    const ours = refund(900, { refundId: running.commandId, status: 'PENDING' });
    const waiting = applied({ ...captured, released: true }, running, [], shows(given(ours)));
    expect(waiting).toMatchObject({
      answered: [],
      payment: { status: 'REFUNDED', refundedAmount: 900 },
      next: { operation: { kind: 'REFUND', amount: 0 }, round: 0, when: 'slow', inDoubt: false },
    });
    const then = { ...running, operation: { kind: 'REFUND', amount: 0 } } as const;
    expect(awaitsRefund(waiting.payment, then)).toBe(true);
    expect(awaitsRefund(captured, { ...running, operation: { kind: 'REFUND', amount: 1 } })).toBe(false);
    expect(applied(waiting.payment, then, [], shows(given({ ...ours, status: 'SUCCEEDED' })))).toMatchObject({
      answered: [{ reply: { type: 'PAYMENT_RELEASE', payload: { refundedAmount: 900 } } }],
    });
    const failed = { ...ours, status: 'FAILED', reason: 'lost_or_stolen_card' } as const;
    const again = applied(waiting.payment, then, [], shows(given(failed)));
    expect(again).toMatchObject({
      answered: [],
      facts: [],
      payment: { status: 'CAPTURED', refundedAmount: 0 },
      next: { operation: { kind: 'REFUND', amount: 900 }, round: 1, when: 'slow' },
    });
    // the one that failed is not taken for the new one
    const second = { ...running, round: 1, inDoubt: true };
    expect(isConclusive(again.payment, second, { ...at, ...given(failed) })).toBe(false);
    const both = given(failed, { ...ours, id: 're_2', status: 'SUCCEEDED' });
    expect(isConclusive(again.payment, second, { ...at, ...both })).toBe(true);
    expect(applied(again.payment, second, [], shows(both))).toMatchObject({
      answered: [{ reply: { type: 'PAYMENT_RELEASE', payload: { refundedAmount: 900 } } }],
    });
  });

  test('F27 waits for what was given back by hand and is on its way', () => {
    const running = tried('RELEASE', 'REFUND');
    const byHand = refund(900, { status: 'PENDING' });
    const waiting = applied({ ...captured, released: true }, running, [], no(given(byHand)));
    expect(waiting).toMatchObject({ answered: [], next: { operation: { amount: 0 }, when: 'slow' } });
    const then = { ...running, operation: { kind: 'REFUND', amount: 0 } } as const;
    const back = applied(waiting.payment, then, [], shows(given({ ...byHand, status: 'CANCELED' })));
    expect(back).toMatchObject({
      facts: [{ type: 'PAYMENT_PROVIDER_REFUND_RETURNED', payload: { amount: 900, reason: 'canceled' } }],
      next: { operation: { amount: 900 }, round: 1, when: 'now' },
    });
  });
});
