import { describe, expect, test } from '@jest/globals';
import { NOT_IN_TIME } from './outcome.js';
import type { Payment } from './payment.js';
import {
  ACTION,
  NOT_REACHED,
  TIMED_OUT,
  applied,
  command,
  mustAct,
  no,
  pending,
  shows,
  tried,
} from './testing/answers.js';

describe('F46 a customer who must act', () => {
  const waiting: Payment = { ...pending, status: 'ACTION_REQUIRED', providerReference: 'auth_1', action: ACTION };
  const over: Payment = { ...waiting, action: { ...ACTION, expiresAt: '2026-01-01T00:00:00.000Z' } };
  const create = tried('CREATE', 'AUTHORIZE');

  test('is reported once, and waited for under the first deadline', () => {
    const first = applied(pending, create, [], mustAct());
    expect(first).toMatchObject({ payment: waiting, answered: [], next: { when: 'later', inDoubt: false, tries: 1 } });
    expect(first.notice).toEqual({
      type: 'PAYMENT_ACTION_REQUIRED',
      payload: { commandId: create.commandId, paymentId: pending.id, ...ACTION },
    });
    const again = applied(waiting, create, [], mustAct({ action: { ...ACTION, expiresAt: '2027-01-01T00:00:00Z' } }));
    expect(again).toMatchObject({ payment: waiting, next: { when: 'later', operation: { kind: 'AUTHORIZE' } } });
    expect(again.notice).toBeUndefined();
  });

  test('who approves or denies has the command answered', () => {
    expect(applied(waiting, create, [], shows({}))).toMatchObject({
      payment: { status: 'AUTHORIZED', action: null },
      answered: [{ reply: { type: 'PAYMENT_CREATION_SUCCEEDED' } }],
    });
    expect(applied(waiting, create, [], shows({ status: 'DECLINED', reason: 'denied' }))).toMatchObject({
      payment: { status: 'DECLINED', action: null },
      answered: [{ reply: { type: 'PAYMENT_CREATION_FAILED', payload: { reason: 'denied' } } }],
    });
  });

  test('whose provider is away leaves no doubt', () => {
    for (const answer of [TIMED_OUT, NOT_REACHED]) {
      expect(applied(waiting, create, [], answer)).toMatchObject({
        payment: { status: 'ACTION_REQUIRED' },
        next: { inDoubt: false, when: 'later' },
      });
    }
  });

  test('who cannot be sent anywhere has the authorisation voided', () => {
    const asked = applied(pending, create, [], shows({ status: 'REQUIRES_ACTION' }));
    expect(asked).toMatchObject({ answered: [], next: { operation: { kind: 'VOID' }, when: 'now' } });
    expect(applied(asked.payment, tried('CREATE', 'VOID'), [], shows({ status: 'VOIDED' }))).toMatchObject({
      answered: [{ reply: { type: 'PAYMENT_CREATION_FAILED', payload: { code: 'authentication-failed' } } }],
    });
  });

  test('who does not act in time has the authorisation voided, whatever happens meanwhile', () => {
    const { next, answered, payment } = applied(over, create, [], mustAct());
    expect(answered).toEqual([]);
    expect(next).toMatchObject({ operation: { kind: 'VOID', amount: 900 }, when: 'now' });
    const voiding = tried('CREATE', 'VOID');
    expect(applied(over, voiding, [], shows({ status: 'VOIDED' }))).toMatchObject({
      payment: { status: 'VOIDED', action: null, reason: 'the customer did not act in time' },
      answered: [{ reply: { type: 'PAYMENT_CREATION_FAILED' } }],
    });
    expect(applied(over, voiding, [], no({ status: 'DECLINED', reason: 'denied' }))).toMatchObject({
      payment: { status: 'DECLINED' },
      answered: [{ reply: { type: 'PAYMENT_CREATION_FAILED' } }],
    });
    for (const answer of [no(), no({}), no({ status: 'REQUIRES_ACTION' })]) {
      expect(applied(over, voiding, [], answer)).toMatchObject({
        answered: [],
        next: { operation: { kind: 'VOID' }, round: 1, when: 'later' },
      });
    }
    const refused = applied(payment, voiding, [], no());
    expect(applied(refused.payment, voiding, [], shows({ status: 'VOIDED' }))).toMatchObject({
      answered: [{ reply: { payload: { reason: NOT_IN_TIME } } }],
    });
  });

  test('who is declined and could try another card is answered when that is over', () => {
    const declined = shows({ status: 'DECLINED', reason: 'insufficient_funds', open: true });
    const { next, answered, payment } = applied(waiting, create, [], declined);
    expect(answered).toEqual([]);
    expect(next).toMatchObject({ operation: { kind: 'VOID', amount: 900 }, when: 'now' });
    const voiding = tried('CREATE', 'VOID');
    for (const answer of [no(), no({ status: 'DECLINED', reason: 'insufficient_funds', open: true })]) {
      const again = applied(payment, voiding, [], answer);
      expect(again).toMatchObject({ answered: [], next: { operation: { kind: 'VOID' }, round: 1, when: 'later' } });
      expect(applied(again.payment, voiding, [], shows({ status: 'VOIDED' }))).toMatchObject({
        payment: { status: 'VOIDED', action: null, reason: 'insufficient_funds' },
        answered: [{ reply: { type: 'PAYMENT_CREATION_FAILED', payload: { reason: 'insufficient_funds' } } }],
      });
    }
    // before it was reported that the customer must act
    expect(applied(pending, create, [], declined)).toMatchObject({
      payment: { status: 'DECLINED' },
      answered: [{ reply: { type: 'PAYMENT_CREATION_FAILED' } }],
    });
  });

  test('of an order that was released meanwhile is not waited for', () => {
    const { answered, next } = applied({ ...pending, released: true }, create, [command('RELEASE')], mustAct());
    expect(answered).toMatchObject([{ reply: { type: 'PAYMENT_CREATION_FAILED' } }]);
    expect(next).toMatchObject({ command: { request: { kind: 'RELEASE' } }, operation: { kind: 'VOID' }, when: 'now' });
  });
});
