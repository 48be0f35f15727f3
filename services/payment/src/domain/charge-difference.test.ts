import { expect, test } from '@jest/globals';
import {
  chargeDifference,
  mayHaveUpdates,
  namesCharge,
  unreadableCharge,
  type BookedCharge,
  type BookedPayment,
} from './charge-difference.js';

const payment: BookedPayment = {
  orderId: 'o',
  status: 'CAPTURED',
  amount: 700,
  currency: 'EUR',
  capturedAmount: 700,
  refundedAmount: 0,
  provider: 'p',
  reference: 'auth_1',
  refunds: [],
  disputes: [],
  busy: false,
  version: '1',
};
const charge: BookedCharge = {
  status: 'CAPTURED',
  amount: 700,
  currency: 'EUR',
  capturedAmount: 700,
  refundedAmount: 0,
};
const own = { provider: 'p', orderId: 'o', reference: 'auth_1' };
const nothing = { capturedAmount: 0, refundedAmount: 0 };

test.each<[string, Partial<BookedPayment>, Partial<BookedCharge>]>([
  ['captured', {}, {}],
  ['authorised', { status: 'AUTHORIZED', ...nothing }, { status: 'AUTHORIZED', ...nothing }],
  ['waiting for the customer', { status: 'ACTION_REQUIRED', ...nothing }, { status: 'REQUIRES_ACTION', ...nothing }],
  ['refunded in part', { status: 'PARTIALLY_REFUNDED', refundedAmount: 200 }, { refundedAmount: 200 }],
  ['declined here and cancelled there', { status: 'DECLINED', ...nothing }, { status: 'VOIDED', ...nothing }],
])('a payment and its charge agree that are both %s', (_what, ours, theirs) => {
  expect(chargeDifference(own, { ...payment, ...ours }, { ...charge, ...theirs })).toBeUndefined();
});

test.each<[string, Partial<BookedPayment>, Partial<BookedCharge>, string]>([
  ['another amount', {}, { amount: 699 }, 'charge_differs'],
  ['another currency', {}, { currency: 'USD' }, 'charge_differs'],
  ['less captured', {}, { capturedAmount: 699 }, 'charge_differs'],
  ['nothing captured', {}, { status: 'AUTHORIZED', ...nothing }, 'charge_differs'],
  [
    'money that is still held',
    { status: 'VOIDED', ...nothing },
    { status: 'AUTHORIZED', ...nothing },
    'charge_differs',
  ],
  ['money that is not held', { status: 'AUTHORIZED', ...nothing }, { status: 'VOIDED', ...nothing }, 'charge_differs'],
  ['a refund that we know nothing of', {}, { refundedAmount: 1 }, 'charge_refunds'],
  ['a refund that came back', { status: 'REFUNDED', refundedAmount: 700 }, {}, 'charge_refunds'],
  ['another refund', { status: 'PARTIALLY_REFUNDED', refundedAmount: 1 }, { refundedAmount: 2 }, 'charge_refunds'],
])('%s at the provider is a difference', (_what, ours, theirs, kind) => {
  expect(chargeDifference(own, { ...payment, ...ours }, { ...charge, ...theirs })).toMatchObject({ kind });
});

test('describes what each side has', () => {
  expect(chargeDifference(own, payment, { ...charge, refundedAmount: 700 })).toEqual({
    kind: 'charge_refunds',
    expected: 'CAPTURED, 700 EUR, captured 700, refunded 0',
    seen: 'REFUNDED, 700 EUR, captured 700, refunded 700',
  });
});

test.each([
  ['no payment at all', undefined],
  ['a payment with another charge', { ...payment, reference: 'auth_2' }],
  ['a payment with no charge', { ...payment, status: 'VOIDED' as const, ...nothing, reference: null }],
  ['a payment made through another provider', { ...payment, provider: 'q' }],
])('a charge is unknown where there is %s, unless nothing is held by it', (_what, other) => {
  expect(chargeDifference(own, other, charge)).toMatchObject({
    kind: 'charge_unknown',
    seen: expect.stringContaining('CAPTURED'),
  });
  for (const status of ['AUTHORIZED', 'REQUIRES_ACTION'] as const) {
    expect(chargeDifference(own, other, { ...charge, status, ...nothing })).toMatchObject({ kind: 'charge_unknown' });
  }
  for (const closed of [{ status: 'DECLINED' }, { status: 'VOIDED' }, { refundedAmount: 700 }] as const) {
    expect(chargeDifference(own, other, { ...charge, ...closed })).toBeUndefined();
  }
  expect(chargeDifference(own, other, undefined)).toBeUndefined();
});

test('a charge is missing where our own book names one, or money', () => {
  expect(chargeDifference(own, payment, undefined)).toMatchObject({ kind: 'charge_missing', seen: 'none' });
  const nameless = { ...payment, reference: null };
  expect(chargeDifference({ ...own, reference: null }, nameless, undefined)).toMatchObject({ kind: 'charge_missing' });
  const tombstone = { ...nameless, status: 'VOIDED' as const, ...nothing };
  expect(chargeDifference({ ...own, reference: null }, tombstone, undefined)).toBeUndefined();
  expect([payment, nameless, tombstone].map(namesCharge)).toEqual([true, true, false]);
});

test('a charge that cannot be read is a difference by itself, whatever the payment', () => {
  const seen = 'not readable: 500';
  expect(unreadableCharge(payment, '500')).toEqual({
    kind: 'charge_unreadable',
    expected: 'CAPTURED, 700 EUR, captured 700, refunded 0',
    seen,
  });
  expect(unreadableCharge(undefined, '500')).toMatchObject({ expected: 'no charge, for there is no payment', seen });
});

test('a refund or dispute that is not known as listed may be new, also when the sums agree', () => {
  const listed = { providerPaymentId: 'auth_1', refunds: [], disputed: false };
  const refund = { id: 're_1', status: 'SUCCEEDED' } as const;
  const open = { id: 'dp_1', status: 'OPEN' } as const;
  expect(mayHaveUpdates(payment, listed)).toBe(false);
  expect(mayHaveUpdates({ ...payment, refunds: [refund] }, { ...listed, refunds: [refund] })).toBe(false);
  expect(mayHaveUpdates({ ...payment, refunds: [refund] }, { ...listed, refunds: [{ ...refund, id: 're_2' }] })).toBe(
    true,
  );
  const failed = { ...refund, status: 'FAILED' } as const;
  expect(mayHaveUpdates({ ...payment, refunds: [refund] }, { ...listed, refunds: [failed] })).toBe(true);
  expect(mayHaveUpdates(payment, { ...listed, disputed: true })).toBe(true);
  expect(mayHaveUpdates({ ...payment, disputes: [open] }, { ...listed, disputed: true })).toBe(true);
  expect(mayHaveUpdates({ ...payment, disputes: [{ ...open, status: 'WON' }] }, { ...listed, disputed: true })).toBe(
    false,
  );
  expect(mayHaveUpdates(payment, { ...listed, providerPaymentId: 'auth_2', disputed: true })).toBe(false);
});
