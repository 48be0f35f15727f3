import { describe, expect, test } from '@jest/globals';
import { newId } from '@outrider/contracts';
import type { Request } from './command.js';
import { decide } from './decide.js';
import type { Payment, Refund } from './payment.js';
import { authorized, captured } from './testing/answers.js';

const commandId = newId();
const owner = { orderId: authorized.orderId, newPaymentId: newId() };
const CREATE: Request = { kind: 'CREATE', amount: 900, currency: 'EUR', paymentMethod: 'pm' };
const CONFIRM: Request = { kind: 'CONFIRM', amount: 900 };
const RELEASE: Request = { kind: 'RELEASE', reason: 'cancelled' };
const refund = (amount: number): Request => ({ kind: 'REFUND', refundId: commandId, amount });

const declined: Payment = { ...authorized, status: 'DECLINED', reason: 'card_declined' };
const voided: Payment = { ...authorized, status: 'VOIDED', released: true };
const tombstone: Payment = { ...voided, amount: 0, currency: 'XXX', paymentMethod: null, providerReference: null };
const refunded: Payment = { ...captured, status: 'REFUNDED', refundedAmount: 900, released: true };

const ask = (payment: Payment | undefined, request: Request) => decide(payment, { commandId, request }, owner);

/** The answer's type and what it says, or the operation that comes first. */
function outcome(payment: Payment | undefined, request: Request): unknown {
  const decision = ask(payment, request);
  if (decision.kind === 'operate') return [decision.operation.kind, decision.operation.amount];
  const { commandId: repeated, ...said } = decision.reply.payload;
  expect(repeated).toBe(commandId);
  return [decision.reply.type, said];
}

describe('a create', () => {
  test('makes a payment and asks for its authorisation', () => {
    expect(ask(undefined, CREATE)).toMatchObject({
      kind: 'operate',
      operation: { kind: 'AUTHORIZE', amount: 900 },
      payment: { id: owner.newPaymentId, orderId: owner.orderId, status: 'PENDING', amount: 900, paymentMethod: 'pm' },
    });
  });
  test('of nothing is refused', () => {
    expect(outcome(undefined, { ...CREATE, amount: 0 })).toEqual([
      'PAYMENT_CREATION_FAILED',
      { reason: 'there is nothing to pay', code: 'payment-failed' },
    ]);
  });
  test.each([
    ['a tombstone', tombstone, 'cancelled'],
    ['a voided payment', voided, 'cancelled'],
    ['a refunded one', refunded, 'cancelled'],
    ['one that is about to be released', { ...authorized, released: true }, 'cancelled'],
    ['a declined one', { ...declined, code: 'insufficient-funds' as const }, 'insufficient-funds'],
    ['another amount', { ...authorized, amount: 901 }, 'payment-failed'],
    ['another currency', { ...authorized, currency: 'USD' }, 'payment-failed'],
  ])('is refused after %s', (_what, payment, code) => {
    expect(outcome(payment, CREATE)).toEqual(['PAYMENT_CREATION_FAILED', { reason: expect.any(String), code }]);
  });
  test.each([authorized, captured])(
    'by another command for what is $status succeeds without a second charge',
    (payment) => {
      expect(outcome(payment, CREATE)).toEqual([
        'PAYMENT_CREATION_SUCCEEDED',
        { paymentId: authorized.id, amount: 900 },
      ]);
    },
  );
});

describe('a confirm', () => {
  test('captures what was authorised', () => expect(outcome(authorized, CONFIRM)).toEqual(['CAPTURE', 900]));
  test('of a captured payment is answered without a second capture', () => {
    expect(outcome(captured, CONFIRM)).toEqual(['PAYMENT_CONFIRM', { capturedAmount: 900 }]);
  });
  test('of what was captured at the provider is answered with how much that was', () => {
    expect(outcome({ ...captured, capturedAmount: 500 }, CONFIRM)).toEqual([
      'PAYMENT_CONFIRM',
      { capturedAmount: 500 },
    ]);
    const back: Payment = { ...captured, status: 'PARTIALLY_REFUNDED', refundedAmount: 1 };
    expect(outcome(back, CONFIRM)).toEqual(['PAYMENT_CONFIRM', { capturedAmount: 900 }]);
  });
  test.each([
    ['no payment', undefined, 'payment-failed'],
    ['a declined one', declined, 'payment-failed'],
    ['one that was voided at the provider', { ...voided, released: false }, 'payment-voided'],
    ['a voided one', voided, 'cancelled'],
    ['a refunded one', refunded, 'cancelled'],
    ['one whose release was asked for', { ...authorized, released: true }, 'cancelled'],
  ])('is refused for %s', (_what, payment, code) => {
    expect(outcome(payment, CONFIRM)).toEqual(['PAYMENT_CONFIRM_FAILED', { reason: expect.any(String), code }]);
  });
  test('of another amount than the authorised is refused', () => {
    expect(outcome(authorized, { kind: 'CONFIRM', amount: 899 })).toEqual([
      'PAYMENT_CONFIRM_FAILED',
      { reason: '900 was authorised, not 899', code: 'amount-mismatch' },
    ]);
  });
});

describe('a release', () => {
  test('before a create leaves a tombstone', () => {
    const decision = ask(undefined, RELEASE);
    expect(decision).toMatchObject({
      kind: 'answered',
      payment: { id: owner.newPaymentId, status: 'VOIDED', amount: 0, released: true },
      reply: { type: 'PAYMENT_RELEASE', payload: { voided: false, refundedAmount: 0 } },
    });
  });
  test.each<[string, Payment, unknown]>([
    ['voids what is authorised', authorized, ['VOID', 900]],
    ['refunds what is captured', captured, ['REFUND', 900]],
    ['refunds the rest', { ...captured, status: 'PARTIALLY_REFUNDED', refundedAmount: 300 }, ['REFUND', 600]],
    ['leaves a declined payment', declined, ['PAYMENT_RELEASE', { voided: false, refundedAmount: 0 }]],
    ['leaves a voided one', voided, ['PAYMENT_RELEASE', { voided: true, refundedAmount: 0 }]],
    ['leaves a tombstone', tombstone, ['PAYMENT_RELEASE', { voided: false, refundedAmount: 0 }]],
    ['leaves a refunded one', refunded, ['PAYMENT_RELEASE', { voided: false, refundedAmount: 900 }]],
  ])('%s', (_what, payment, expected) => {
    expect(outcome(payment, RELEASE)).toEqual(expected);
    expect(ask(payment, RELEASE).payment?.released).toBe(true);
  });
});

describe('a refund', () => {
  test('F15 that is known by its id already is answered, or waited for, whatever is left', () => {
    const known = (status: Refund['status']): Payment => ({
      ...captured,
      status: 'REFUNDED',
      refundedAmount: 900,
      refunds: [{ id: 're_1', refundId: commandId, amount: 900, status, by: 'order', reason: null, createdAt: '' }],
    });
    expect(outcome(known('SUCCEEDED'), refund(900))).toEqual([
      'PAYMENT_REFUNDED',
      { refundId: commandId, amount: 900 },
    ]);
    expect(outcome(known('PENDING'), refund(900))).toEqual(['REFUND', 900]);
    expect(outcome(known('FAILED'), refund(900))).toMatchObject(['PAYMENT_REFUND_FAILED', {}]);
  });
  test('of what is left of a capture is asked for', () => {
    expect(outcome(captured, refund(900))).toEqual(['REFUND', 900]);
    expect(outcome({ ...captured, status: 'PARTIALLY_REFUNDED', refundedAmount: 500 }, refund(400))).toEqual([
      'REFUND',
      400,
    ]);
  });
  test.each<[string, Payment | undefined, number]>([
    ['more than was captured', captured, 901],
    ['more than is left', { ...captured, status: 'PARTIALLY_REFUNDED', refundedAmount: 500 }, 401],
    ['nothing', captured, 0],
    ['an order without payment', undefined, 1],
    ['what is only authorised', authorized, 1],
    ['what is voided', voided, 1],
    ['what is refunded', refunded, 1],
  ])('of %s is refused', (_what, payment, amount) => {
    expect(outcome(payment, refund(amount))).toEqual([
      'PAYMENT_REFUND_FAILED',
      { refundId: commandId, reason: expect.any(String), code: 'refund-failed' },
    ]);
  });
});
