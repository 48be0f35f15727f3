import { describe, expect, test } from '@jest/globals';
import { NOT_REACHED, TIMED_OUT, applied, authorized, command, no, pending, shows, tried } from './testing/answers.js';

describe('an authorisation', () => {
  test('that succeeds is answered', () => {
    const { payment, answered, next } = applied(pending, tried('CREATE', 'AUTHORIZE'), [], shows({}));
    expect(payment).toMatchObject({ status: 'AUTHORIZED', providerReference: 'auth_1' });
    expect(answered).toMatchObject([{ reply: { type: 'PAYMENT_CREATION_SUCCEEDED', payload: { amount: 900 } } }]);
    expect(next).toBeUndefined();
  });

  test('that is declined, or refused, is answered with the reason', () => {
    for (const [answer, reason] of [
      [shows({ status: 'DECLINED', reason: 'card_declined' }), 'card_declined'],
      [no(), 'not now'],
    ] as const) {
      const { payment, answered } = applied(pending, tried('CREATE', 'AUTHORIZE'), [], answer);
      expect(payment).toMatchObject({ status: 'DECLINED', reason });
      expect(answered).toMatchObject([{ reply: { type: 'PAYMENT_CREATION_FAILED', payload: { reason } } }]);
    }
  });

  test('that gets no answer is in doubt, answers nobody, and is tried again under the same key', () => {
    const running = tried('CREATE', 'AUTHORIZE');
    const { payment, answered, next } = applied(pending, running, [command('RELEASE')], TIMED_OUT);
    expect(payment.status).toBe('IN_DOUBT');
    expect(answered).toEqual([]);
    expect(next).toMatchObject({ inDoubt: true, round: 0, tries: 1, when: 'later', operation: running.operation });
  });

  test('that did not reach the provider leaves no doubt, but ends none either', () => {
    expect(applied(pending, tried('CREATE', 'AUTHORIZE'), [], NOT_REACHED).payment.status).toBe('PENDING');
    const before = tried('CREATE', 'AUTHORIZE', 900, { inDoubt: true });
    const { payment, next } = applied({ ...pending, status: 'IN_DOUBT' }, before, [], NOT_REACHED);
    expect(payment.status).toBe('IN_DOUBT');
    expect(next).toMatchObject({ inDoubt: true });
  });

  test('F24 that succeeds after its release was asked for is voided, and order does not take it for paid', () => {
    const release = command('RELEASE');
    const { answered, next, payment } = applied(
      { ...pending, released: true },
      tried('CREATE', 'AUTHORIZE'),
      [release],
      shows({}),
    );
    expect(answered).toMatchObject([{ reply: { type: 'PAYMENT_CREATION_FAILED' } }]);
    expect(payment).toMatchObject({ status: 'AUTHORIZED', released: true });
    expect(next).toMatchObject({ command: release, operation: { kind: 'VOID' }, when: 'now' });
  });

  test('that is declined answers the release that waits', () => {
    const { answered, next } = applied(
      { ...pending, released: true },
      tried('CREATE', 'AUTHORIZE'),
      [command('RELEASE')],
      shows({ status: 'DECLINED' }),
    );
    expect(answered.map(({ reply }) => reply.type)).toEqual(['PAYMENT_CREATION_FAILED', 'PAYMENT_RELEASE']);
    expect(next).toBeUndefined();
  });
});

describe('a capture', () => {
  test('that succeeds is answered; a release behind it refunds', () => {
    const release = command('RELEASE');
    const { payment, answered, next } = applied(
      { ...authorized, released: true },
      tried('CONFIRM', 'CAPTURE'),
      [release],
      shows({ status: 'CAPTURED', capturedAmount: 900 }),
    );
    expect(payment.status).toBe('CAPTURED');
    expect(answered).toMatchObject([{ reply: { type: 'PAYMENT_CONFIRM', payload: { capturedAmount: 900 } } }]);
    expect(next).toMatchObject({ command: release, operation: { kind: 'REFUND', amount: 900 } });
  });

  test('that is refused for good fails and leaves the payment authorised', () => {
    const { payment, answered } = applied(
      { ...authorized, status: 'IN_DOUBT' },
      tried('CONFIRM', 'CAPTURE', 900, { inDoubt: true }),
      [],
      no({}),
    );
    expect(payment).toMatchObject({ status: 'AUTHORIZED', reason: 'not now' });
    expect(answered).toMatchObject([{ reply: { type: 'PAYMENT_CONFIRM_FAILED', payload: { reason: 'not now' } } }]);
  });

  test('that is refused because it was done before counts as done', () => {
    const { payment, answered } = applied(
      authorized,
      tried('CONFIRM', 'CAPTURE'),
      [],
      no({ status: 'CAPTURED', capturedAmount: 900 }),
    );
    expect(payment.status).toBe('CAPTURED');
    expect(answered).toMatchObject([{ reply: { type: 'PAYMENT_CONFIRM' } }]);
  });

  test('that captured less than was asked is taken as what it is', () => {
    for (const answer of [
      shows({ status: 'CAPTURED', capturedAmount: 899 }),
      no({ status: 'CAPTURED', capturedAmount: 899 }),
    ]) {
      const { payment, answered, next } = applied(authorized, tried('CONFIRM', 'CAPTURE'), [], answer);
      expect(payment).toMatchObject({ status: 'CAPTURED', capturedAmount: 899 });
      expect(answered).toMatchObject([{ reply: { type: 'PAYMENT_CONFIRM', payload: { capturedAmount: 899 } } }]);
      expect(next).toBeUndefined();
    }
  });

  test('of what was voided or declined meanwhile has failed', () => {
    for (const [status, code, facts] of [
      ['VOIDED', 'payment-voided', ['PAYMENT_PROVIDER_VOIDED']],
      ['DECLINED', 'payment-failed', []],
    ] as const) {
      for (const answer of [shows({ status }), no({ status })]) {
        const concluding = applied(authorized, tried('CONFIRM', 'CAPTURE'), [], answer);
        expect(concluding.answered).toMatchObject([{ reply: { type: 'PAYMENT_CONFIRM_FAILED', payload: { code } } }]);
        expect(concluding.facts.map(({ type }) => type)).toEqual(facts);
      }
    }
  });

  test('whose answer shows it not captured stays in doubt', () => {
    expect(applied(authorized, tried('CONFIRM', 'CAPTURE'), [], shows({}))).toMatchObject({
      payment: { status: 'IN_DOUBT' },
      answered: [],
    });
  });
});

test('what waits is decided in order, one operation at a time', () => {
  const confirm = command('CONFIRM');
  const release = command('RELEASE');
  const first = applied(pending, tried('CREATE', 'AUTHORIZE'), [confirm, release], shows({}));
  expect(first.next).toMatchObject({ command: confirm, operation: { kind: 'CAPTURE' }, round: 0, tries: 0 });
  expect(first.answered).toHaveLength(1);
});
